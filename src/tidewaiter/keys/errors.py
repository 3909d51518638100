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
    """A signature suite that this version does not make keys for."""

    type = "suite-not-supported"
    status = 422
    title = N_("This signature suite is not supported yet")
    detail = N_("Suite {suite} cannot be used yet: this version makes keys of suite A only.")
    remedy = N_("Use --suite A, or leave the option out.")


class CannotOpen(Problem):
    """A sealed message that no key of ours opens."""

    type = "undecryptable"
    status = 400
    title = N_("The message cannot be opened")
    detail = N_("It was not sealed to a key of this node as the protocol says: {reason}.")
    remedy = N_("Fetch this node's document again, and seal to the first enc key that is valid.")
