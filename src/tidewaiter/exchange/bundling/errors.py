"""The refusals of bundles: of a file that is to be taken, and of one that is to be written."""

from tidewaiter.problem import N_, Problem


class NoBundle(Problem):
    """A file of another kind."""

    type = "no-bundle"
    title = N_("This is no bundle")
    detail = N_("{reason}.")
    remedy = N_("A bundle is a file .twb that a partner's node wrote; take it as it came.")


class BundleVersion(Problem):
    """A bundle of another version of the format."""

    type = "bundle-version"
    title = N_("This bundle is of another version")
    detail = N_("The bundle is of {found}; this node takes {known}.")
    remedy = N_("Ask its maker to write it in the version that both know.")


class BundleForAnother(Problem):
    """A bundle that was made for somebody else."""

    type = "bundle-for-another"
    title = N_("This bundle is for another administration")
    detail = N_("{sender} made the bundle for {recipient}, and this is {us}; nothing was taken.")
    remedy = N_("Give it to {recipient}: nobody else can open what is in it.")


class BundleOfStranger(Problem):
    """A bundle by somebody who is no partner in good standing."""

    type = "bundle-of-stranger"
    status = 403
    title = N_("The maker of this bundle is no partner")
    detail = N_("The bundle says that it is by {sender}, which is {standing}; nothing was taken.")
    remedy = N_("Register or resume the partner first, then import the bundle again.")


class BundleNotProven(Problem):
    """A bundle whose manifest's signature does not hold."""

    type = "bundle-not-proven"
    status = 403
    title = N_("It is not proven who made this bundle")
    detail = N_("The bundle says that it is by {sender}, but {rule}; nothing was taken.")
    remedy = N_("Compare the thumbprints of its keys with the partner, out of band.")


class BundleDamaged(Problem):
    """A bundle that was cut or changed on its way."""

    type = "bundle-damaged"
    title = N_("This bundle is damaged")
    detail = N_("The bundle of {sender} is not whole: {reason}. Nothing was taken.")
    remedy = N_(
        "Get the file again, and import it. Where it cannot be had, `--partial` takes what is"
        " whole and signed in it: {lines} lines."
    )


class BundleTooLarge(Problem):
    """A bundle beyond a limit."""

    type = "bundle-too-large"
    status = 413
    title = N_("This bundle is too large")
    detail = N_("{what} is over the limit of {limit}; nothing was taken.")
    remedy = N_("Ask its maker for several bundles: export with --most.")


class BundleNotWritten(Problem):
    """The file could not be written."""

    type = "bundle-not-written"
    title = N_("The bundle could not be written")
    detail = N_("{file}: {reason}.")
    remedy = N_("What waits, waits: write it to another place, or make room first.")
