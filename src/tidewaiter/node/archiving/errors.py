"""What stands against a backup or a restore."""

from tidewaiter.problem import N_, Problem


class NoBackup(Problem):
    """The file is something else."""

    type = "no-backup"
    status = 422
    title = N_("This is no backup")
    detail = N_("{file} is no backup of a node: {reason}.")
    remedy = N_("Name a file that `tidewaiter backup` wrote. Nothing was changed.")


class BackupDamaged(Problem):
    """The file is cut off or changed."""

    type = "backup-damaged"
    status = 422
    title = N_("The backup is damaged")
    detail = N_("{file} is damaged or cut off: {reason}.")
    remedy = N_("Copy it again from where it is kept, or take an older one. Nothing was changed.")


class BackupLocked(Problem):
    """The file is encrypted, and nothing that opens it was named."""

    type = "backup-locked"
    status = 422
    title = N_("The backup is encrypted")
    detail = N_("{file} is encrypted.")
    remedy = N_("Name what opens it: {option}. Nothing was changed.")


class BackupNotOpened(Problem):
    """The key or the passphrase is another's."""

    type = "backup-not-opened"
    status = 422
    title = N_("The backup does not open")
    detail = N_("{file} does not open with this key or passphrase.")
    remedy = N_(
        "Take the one that it was made for. If it is that, the file is damaged: copy it again from"
        " where it is kept. Nothing was changed."
    )


class NoIdentity(Problem):
    """The file that was named has no key that opens a backup."""

    type = "no-identity"
    status = 422
    title = N_("This opens no backup")
    detail = N_("{file} cannot be used as a key: {reason}.")
    remedy = N_(
        "Name a file of `tidewaiter backup-key` or of age-keygen; where a passphrase seals it, add"
        " --passphrase-stdin. Nothing was changed."
    )


class NoRecipient(Problem):
    """What a backup is to be sealed to is no recipient."""

    type = "no-recipient"
    status = 422
    title = N_("A backup cannot be encrypted so")
    detail = N_("{recipient} is no recipient of age.")
    remedy = N_("It begins with age1; `tidewaiter backup-key` says it. Nothing was written.")


class WeakPassphrase(Problem):
    """Too short, for something that can be guessed at for years."""

    type = "weak-passphrase"
    status = 422
    title = N_("The passphrase is too short")
    detail = N_("The passphrase on standard input has {count} characters; {least} are needed.")
    remedy = N_("Take several words. Nothing was written.")


class BackupNewer(Problem):
    """The file was written by a program that knows more tables."""

    type = "backup-newer"
    status = 409
    title = N_("The backup is newer than the program")
    detail = N_(
        "The backup was made by version {version}, which has {migration}; this one has not."
    )
    remedy = N_("Install that version, then restore. Nothing was changed.")


class DatabaseNewer(Problem):
    """The database was brought up to date by a newer program."""

    type = "database-newer"
    status = 409
    title = N_("The database is newer than the program")
    detail = N_("The database has {migration}, which this program does not know.")
    remedy = N_("Make the backup with the program that serves the node.")


class AnotherNode(Problem):
    """The home is of another node than the backup."""

    type = "another-node"
    status = 409
    title = N_("The backup is of another node")
    detail = N_("{file} is of the node of {theirs} ({thumbprint}), and {home} is another's.")
    remedy = N_("Name that node's home, or an empty folder, with --home. Nothing was changed.")


class FileTaken(Problem):
    """`backup` would overwrite something."""

    type = "file-taken"
    status = 409
    title = N_("The file is there already")
    detail = N_("{file} is there already, and nothing is overwritten.")
    remedy = N_("Name another file.")


class NotWritten(Problem):
    """The disk is full, the file may not grow so large, or nobody may write there."""

    type = "not-written"
    status = 507
    title = N_("It could not be written")
    detail = N_("{place} could not be written: {reason}.")
    remedy = N_("Make room, or name another place; then try again. Nothing was changed.")


class DatabaseInUse(Problem):
    """Somebody is at work in the tables that would be put aside."""

    type = "database-in-use"
    status = 409
    title = N_("The database is in use")
    detail = N_("{count} others are connected to the database {database}.")
    remedy = N_("Stop the node wherever it is served, and whatever else is in there, then restore.")


class RestoreFailed(Problem):
    """The database did not take the rows."""

    type = "restore-failed"
    status = 422
    title = N_("The backup could not be put back")
    detail = N_("{reason}")
    remedy = N_("Nothing was changed. TIDEWAITER_DEBUG=1 shows where it stopped; please report it.")


class RestoreUnfinished(Problem):
    """A restore was killed while it put things in their places."""

    type = "restore-unfinished"
    status = 409
    title = N_("A restore was not finished")
    detail = N_("A restore into {home} was stopped before it was done.")
    remedy = N_("Run `tidewaiter restore FILE` again: it finishes first, then starts afresh.")
