"""The refusals of the room `controls`."""

from tidewaiter.problem import N_, Problem


class NoInspection(Problem):
    """There is no open inspection of this declaration."""

    type = "no-inspection"
    status = 404
    title = N_("No inspection waits")
    detail = N_("No inspection of {reference} is open.")
    remedy = N_("Assign one first, or look at what was recorded.")


class InspectionOvertaken(Problem):
    """Somebody else recorded, or cancelled, this inspection in the meantime."""

    type = "inspection-overtaken"
    status = 409
    title = N_("Overtaken")
    detail = N_("The inspection of {reference} was closed by somebody else in the meantime.")
    remedy = N_("Read what was recorded.")


class OffenceMissing(Problem):
    """What does not conform is named."""

    type = "offence-missing"
    title = N_("The offence is missing")
    detail = N_("What does not conform names its offence: {offences}.")
    remedy = N_("Choose the offence that comes nearest.")


class OffenceUnknown(Problem):
    """The offence is none of the list."""

    type = "offence-unknown"
    title = N_("No such offence")
    detail = N_("{offence} is no offence of the list: {offences}.")
    remedy = N_("Choose the offence that comes nearest.")


class ResultUnknown(Problem):
    """A result is conform or not-conform."""

    type = "result-unknown"
    title = N_("No such result")
    detail = N_("{result} is no result of a control.")
    remedy = N_("A result is conform or not-conform.")


class PowerMissing(Problem):
    """Every step of a control rests on a power that is named."""

    type = "power-missing"
    title = N_("The power is missing")
    detail = N_("Nothing is done to goods without naming the power for it.")
    remedy = N_("Name the provision, such as an article of the customs code.")


class NothingFound(Problem):
    """There is no finding to seize upon or to report."""

    type = "nothing-found"
    status = 409
    title = N_("Nothing was found")
    detail = N_("No control of {reference} found an offence.")
    remedy = N_("Record the result of an inspection first.")


class NotASeizure(Problem):
    """These goods were not seized."""

    type = "not-seized"
    status = 409
    title = N_("Not seized")
    detail = N_("The goods of {reference} were not seized.")
    remedy = N_("Seize them first, or send an alert instead.")


class PhotographRefused(Problem):
    """A photograph is a JPEG, PNG or WebP of a bearable size."""

    type = "photograph-refused"
    title = N_("The photograph cannot be kept")
    detail = N_("{name} is no JPEG, PNG or WebP image.")
    remedy = N_("Take a JPEG, PNG or WebP image of at most 20 MB.")
