"""What can be wrong with keys, in words. No problem of this room ever quotes a private part."""

from tidewaiter.problem import N_, Problem


class KeysMissing(Problem):
    """There is no key of this use in the home."""

    type = "keys-missing"
    status = 503
    title = N_("This node has no key for that")
    detail = N_("No {use} key is in {directory}.")
    remedy = N_("Run tidewaiter init, or put the key files back from your backup.")


class KeysExist(Problem):
    """Keys were to be made where there are some."""

    type = "keys-exist"
    status = 409
    title = N_("There are keys already")
    detail = N_("{directory} is not empty, and keys are never written over.")
    remedy = N_("Choose another home, or move the folder away.")


class KeyOpenToOthers(Problem):
    """A private key that another user of the machine could read."""

    type = "key-open-to-others"
    status = 503
    title = N_("A private key is open to others")
    detail = N_("{file} has mode {mode}, but a private key must be its owner's alone (0600).")
    remedy = N_("Run chmod 600 on it, and replace the key if others may have read it.")


class KeyDamaged(Problem):
    """A key file that cannot be read as one."""

    type = "key-damaged"
    status = 503
    title = N_("A key file is damaged")
    detail = N_("{file}: {reason}.")
    remedy = N_("Put the file back from your backup.")


class SuiteNotSupported(Problem):
    """A signature suite that is none."""

    type = "suite-not-supported"
    status = 422
    title = N_("There is no such signature suite")
    detail = N_("There is no suite {suite}: a node is of suite A or of suite B.")
    remedy = N_("Use --suite A, or --suite B where keys must be of P-256.")


class UnknownKey(Problem):
    """No key of ours has that name."""

    type = "unknown-key"
    status = 404
    title = N_("There is no such key")
    detail = N_("No key of this node is called {kid}.")
    remedy = N_("`tidewaiter keys list` shows every key with its name.")


class NotRotated(Problem):
    """The recovery key was to be rotated or revoked like another."""

    type = "recovery-key-stays"
    status = 409
    title = N_("The recovery key is replaced in another way")
    detail = N_("Only a document that the recovery key itself signs changes the recovery key.")
    remedy = N_("Run tidewaiter keys recover with --new-key on the machine where the key is kept.")


class KeyInUse(Problem):
    """The key to be revoked is the one that now serves its use."""

    type = "key-in-use"
    status = 409
    title = N_("The key is in use")
    detail = N_("{kid} is the key that now serves as {use}.")
    remedy = N_("Rotate it first; tidewaiter keys revoke does both.")


class RevokedAlready(Problem):
    """The key was revoked before."""

    type = "revoked-already"
    status = 409
    title = N_("The key is revoked already")
    detail = N_("{kid} was revoked before: nothing to do.")
    remedy = N_("`tidewaiter keys list` shows the state of every key.")


class KeyNameTaken(Problem):
    """A recovery key cannot be taken in, for another key has its name."""

    type = "key-name-taken"
    status = 409
    title = N_("Another key has this name")
    detail = N_("{directory} holds another key that is called {kid}.")
    remedy = N_("Where it is the unused recovery key of a new home, move its files away.")


class CannotRecover(Problem):
    """The file given does not hold a recovery key with its private part, or no draft."""

    type = "cannot-recover"
    status = 422
    title = N_("The document cannot be signed")
    detail = N_("{reason}.")
    remedy = N_(
        "Give the file of the recovery key, and the draft that tidewaiter keys draft wrote."
    )


class CannotOpen(Problem):
    """A sealed message that no key of ours opens."""

    type = "undecryptable"
    status = 400
    title = N_("The message cannot be opened")
    detail = N_("It was not sealed to a key of this node as the protocol says: {reason}.")
    remedy = N_("Fetch this node's document again, and seal to the first enc key that is valid.")
