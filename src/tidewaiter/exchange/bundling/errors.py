"""The refusals of bundles: of a file that is to be taken, and of one that is to be written."""

from typing import Final

from tidewaiter.problem import N_, PARTS, Problem, Word

TOO_MUCH: Final = {  # by what `inflating.TooMuch` names
    "the bundle": N_("The bundle, once it is unpacked,"),
    "what a byte of it unpacks to": N_("What a byte of the bundle unpacks to"),
    "a line": N_("A line of the bundle"),
    "an attachment": N_("An attachment in the bundle"),
    "lines of no kind": N_("The number of lines of no known kind"),
}
MEBI: Final = 2**20
_WORDED: Final = ("reason", "rule", "standing", "what")


class _Reasoned:
    """A refusal that gives a reason: that is in the reader's language too, where it is known."""

    members: dict[str, object]

    def said(self, word: Word = str) -> dict[str, str]:
        """As any problem's, the reason translated with it."""
        worded: dict[str, object] = {
            name: word(str(self.members[name])) for name in _WORDED if name in self.members
        }
        texts = ((part, getattr(self, part)) for part in PARTS)
        return {
            part: word(text).format_map({**self.members, **worded}) for part, text in texts if text
        }


class NoBundle(_Reasoned, Problem):
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


class BundleOfStranger(_Reasoned, Problem):
    """A bundle by somebody who is no partner in good standing."""

    type = "bundle-of-stranger"
    status = 403
    title = N_("The maker of this bundle is no partner")
    detail = N_("The bundle says that it is by {sender}, which is {standing}; nothing was taken.")
    remedy = N_("Register or resume the partner first, then import the bundle again.")


class BundleNotProven(_Reasoned, Problem):
    """A bundle whose manifest's signature does not hold."""

    type = "bundle-not-proven"
    status = 403
    title = N_("It is not proven who made this bundle")
    detail = N_("The bundle says that it is by {sender}, but {rule}; nothing was taken.")
    remedy = N_("Compare the thumbprints of its keys with the partner, out of band.")


class BundleDamaged(_Reasoned, Problem):
    """A bundle that was cut or changed on its way."""

    type = "bundle-damaged"
    title = N_("This bundle is damaged")
    detail = N_("The bundle of {sender} is not whole: {reason}. Nothing was taken.")
    remedy = N_(
        "Get the file again, and import it. Where it cannot be had, `--partial` takes what is"
        " whole and signed in it: {lines} lines."
    )


class BundleTooLarge(_Reasoned, Problem):
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


def limit(most: int) -> str:
    """A limit as people write it."""
    return f"{most / MEBI:g} MiB" if most >= MEBI else str(most)
