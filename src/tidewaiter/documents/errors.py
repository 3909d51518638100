"""The refusals of `documents`, each with the problem type that it becomes."""

from tidewaiter.problem import N_, Problem


class DeclarationUnknown(Problem):
    """There is no such declaration, or the viewer may not see it."""

    type = "declaration-unknown"
    status = 404
    title = N_("There is no such declaration")
    detail = N_("No declaration {reference} is held here that you may see.")
    remedy = N_("Look the reference up in the list of declarations.")


class MoveRefused(Problem):
    """The event is not legal where the declaration stands."""

    type = "move-refused"
    status = 409
    title = N_("This is not possible now")
    detail = N_("{reference} is {state}: {event} is not possible.")
    remedy = N_("Possible now: {possible}.")


class Overtaken(Problem):
    """Somebody else moved the declaration first."""

    type = "overtaken"
    status = 409
    title = N_("Somebody was faster")
    detail = N_("{reference} was changed by somebody else in this moment.")
    remedy = N_("Look at it again, then decide.")


class NotAnExport(Problem):
    """A partner is sent declarations of goods that leave, no others."""

    type = "not-an-export"
    status = 409
    title = N_("This is no export declaration")
    detail = N_("{reference} is of the kind {kind}: only export declarations go to partners.")
    remedy = N_("Warn the partner instead, or send the result of the control.")


class MappingUnknown(Problem):
    """No mapping of this name ships, and there is no such file."""

    type = "mapping-unknown"
    status = 404
    title = N_("There is no such mapping")
    detail = N_("{name} is neither a mapping that ships nor a file.")
    remedy = N_("Mappings that ship: {shipped}.")


class MappingBroken(Problem):
    """A mapping cannot be used; `errors` lists every line and what is wrong there."""

    type = "mapping-broken"
    status = 422
    title = N_("The mapping cannot be used")
    detail = N_("{name}: {faults}")
    remedy = N_("Mend these lines; docs/mapping.md shows how a mapping is written.")


class MappingNeeded(Problem):
    """CSV was announced and no mapping given."""

    type = "mapping-needed"
    status = 422
    title = N_("A file of columns needs a mapping")
    detail = N_("CSV does not say which column is what.")
    remedy = N_("Name a mapping that ships ({shipped}) or a file of your own.")


class SchemaUnusable(Problem):
    """The XSD cannot be read."""

    type = "schema-unusable"
    status = 422
    title = N_("The schema cannot be used")
    detail = N_("{file}: {reason}")
    remedy = N_("Name an XML Schema that is complete with what it includes.")


class FormatUnknown(Problem):
    """No reader is registered under this name or media type."""

    type = "format-unknown"
    status = 415
    title = N_("This format is not read here")
    detail = N_("{format} is no format of declarations that is known.")
    remedy = N_("Known: {known}.")


class FormatNotWritten(Problem):
    """A declaration cannot be written in this format."""

    type = "format-not-written"
    status = 422
    title = N_("This cannot be written so")
    detail = N_("The declaration cannot be written as {format}: {reason}")
    remedy = N_("JSON holds every declaration.")


class NothingGiven(Problem):
    """No path to import, or one that is not there."""

    type = "nothing-to-import"
    status = 422
    title = N_("There is nothing to import")
    detail = N_("No file or folder was named.")
    remedy = N_("Name one or more.")


class CursorUnknown(Problem):
    """A cursor that no page gave."""

    type = "cursor-unknown"
    status = 422
    title = N_("There is no such page")
    detail = N_("The cursor {cursor} was given by no page of this list.")
    remedy = N_("Begin without a cursor, then use the one that each page gives.")


class KeyReused(Problem):
    """An Idempotency-Key came again with another request."""

    type = "idempotency-key-reused"
    status = 422
    title = N_("The key was used for another request")
    detail = N_("The Idempotency-Key {key} was sent before with other content.")
    remedy = N_("Use a new key for a new request.")


class FolderUnusable(Problem):
    """A watched folder is not there or cannot be written."""

    type = "folder-unusable"
    status = 422
    title = N_("The folder cannot be used")
    detail = N_("{folder}: {reason}")
    remedy = N_("Name a folder that this user may read and write.")


class NothingTaken(Problem):
    """Nothing of what was posted could be taken; `errors` says why, place by place."""

    type = "declaration-refused"
    status = 422
    title = N_("The declaration is refused")
    detail = N_("Refused: {refused}. The errors say where and why.")
    remedy = N_("Mend what the errors name and lodge it again.")
