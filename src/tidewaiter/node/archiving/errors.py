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
