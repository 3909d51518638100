"""The refusals of the room `risk`."""

from tidewaiter.problem import N_, Problem


class BadProfile(Problem):
    """A profile's text is not what the schema of profiles says."""

    type = "bad-profile"
    title = N_("This is no profile")
    detail = N_("Line {line}: {reason}")
    remedy = N_("Mend that line; the manual lists the fields and the conditions.")


class NoSuchProfile(Problem):
    """No profile has this id."""

    type = "no-such-profile"
    status = 404
    title = N_("No such profile")
    detail = N_("There is no profile {profile}.")
    remedy = N_("`tidewaiter risk profiles list` prints those that are here.")


class TooFewOutcomes(Problem):
    """A model cannot be learnt from so few outcomes."""

    type = "too-few-outcomes"
    title = N_("Too few outcomes to learn from")
    detail = N_("There are {rows} items with an outcome, {positive} of them not conform.")
    remedy = N_("Record the results of more controls, or import declarations with outcomes.")


class BadModel(Problem):
    """A model's file is missing or is not what its version says."""

    type = "bad-model"
    status = 500
    title = N_("The model cannot be read")
    detail = N_("The model {version} is missing, or its file was changed.")
    remedy = N_("Train again with `tidewaiter risk train`, or restore the file from a backup.")


class BadTable(Problem):
    """A file for the benchmark cannot be used."""

    type = "bad-table"
    title = N_("This file cannot be used")
    detail = N_("{file}: {reason}")
    remedy = N_("Check the file and the mapping that was named.")


class NoSuchWarning(Problem):
    """No partner's alert or report goes by this name."""

    type = "no-such-warning"
    status = 404
    title = N_("No partner warned of this")
    detail = N_("No alert or report {alert} came from a partner.")
    remedy = N_("The page of alerts lists those that came, with their numbers.")


class WarningOfSeveral(Problem):
    """Several partners use this number."""

    type = "warning-of-several"
    status = 409
    title = N_("Several partners use this number")
    detail = N_("{alert} came from {partners}.")
    remedy = N_("Name the partner too.")


class NothingControlled(Problem):
    """No control of this declaration has a result."""

    type = "nothing-controlled"
    status = 409
    title = N_("Nothing was controlled")
    detail = N_("No inspection of {reference} was recorded here.")
    remedy = N_("Record the inspection first.")


class NoSuchAssessment(Problem):
    """This declaration has not been assessed."""

    type = "no-such-assessment"
    status = 404
    title = N_("Not assessed")
    detail = N_("The declaration {reference} has no assessment.")
    remedy = N_("Assess it with `tidewaiter risk assess {reference}`.")


class NoSuchAlert(Problem):
    """No alert of ours has this number."""

    type = "no-such-alert"
    status = 404
    title = N_("No such alert")
    detail = N_("We sent no alert {alert}.")
    remedy = N_("The list of alerts shows what was sent.")


class AlertWithdrawn(Problem):
    """An alert is withdrawn once."""

    type = "alert-withdrawn"
    status = 409
    title = N_("Withdrawn already")
    detail = N_("The alert {alert} was withdrawn before.")
    remedy = N_("Nothing more is to be done.")


class LaneTaken(Problem):
    """Somebody else decided in the meantime."""

    type = "lane-overtaken"
    status = 409
    title = N_("Overtaken")
    detail = N_("The lane of {reference} was changed by somebody else in the meantime.")
    remedy = N_("Read the consignment again and decide on what it says now.")


class NoSuchLane(Problem):
    """A lane is green, yellow or red."""

    type = "no-such-lane"
    title = N_("No such lane")
    detail = N_("{lane} is no lane.")
    remedy = N_("A lane is green, yellow or red.")


class KeyUsedOtherwise(Problem):
    """An idempotency key stands for one request."""

    type = "idempotency-key-reused"
    status = 409
    title = N_("This key stands for another request")
    detail = N_("The Idempotency-Key was used before with another body.")
    remedy = N_("Use a new key for a new request.")


class NothingToWarnOf(Problem):
    """An alert names an offence."""

    type = "nothing-to-warn-of"
    title = N_("The offence is missing")
    detail = N_("No control of {reference} found an offence, and none was named.")
    remedy = N_("Name the offence that is suspected: {offences}.")
