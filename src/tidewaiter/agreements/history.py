"""The life of an agreement as steps: registered, proposed, signed, in force, what came then.

Computed from what is kept and the moment, so that it reads the same years later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from tidewaiter.agreements import standing
from tidewaiter.agreements.standing import Signed
from tidewaiter.problem import N_


@dataclass(frozen=True, slots=True)
class Origin:
    """How the text came here: when and by whom registered, by which party proposed."""

    registered_at: datetime
    registered_by: str
    proposed_at: datetime | None = None
    proposed_by: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a code of WORDS with its parameters; without a moment it has not come yet.

    `digest` names another agreement that it leads to; `day` is shown where the day alone matters.
    """

    code: str
    at: datetime | None
    params: dict[str, str | int] = field(default_factory=dict)
    digest: str = ""
    reason: str = ""
    day: date | None = None

    @property
    def tone(self) -> str:
        """good, warn or bad where the step is one of these."""
        return TONES.get(self.code, "")


def steps(
    signed: Signed, origin: Origin, *, us: str, at: datetime, among: Sequence[Signed]
) -> list[Step]:
    """What has happened to it, in order of time, and what is to come."""
    found = []
    if origin.proposed_by in {"", us}:  # what a partner proposed was registered by that
        found.append(Step("registered", origin.registered_at, {"by": origin.registered_by}))
    if origin.proposed_at is not None:
        found.append(Step("proposed", origin.proposed_at, {"party": origin.proposed_by}))
    for each in signed.signatures:
        found.append(Step("signed", each.signed_at, {"party": each.party}))
    others = [each for each in signed.agreement.parties if each != us]
    for party in others:
        found += _between(signed, us, party, among, alone=len(others) == 1)
    for given in signed.notices:
        code = f"{given.notice}-given"
        found.append(Step(code, given.at, {"party": given.party}, reason=given.reason))
    last = signed.agreement.ends_on
    if last is not None:
        end = datetime.combine(last, time(), UTC) + timedelta(days=1)
        found.append(Step("expired" if end <= at else "expires", end, day=last))
    found = sorted(found, key=lambda each: each.at or datetime.max.replace(tzinfo=UTC))
    return found + [Step("unsigned", None, {"party": party}) for party in signed.missing]


def _between(
    signed: Signed, us: str, party: str, among: Sequence[Signed], *, alone: bool
) -> list[Step]:
    found = []
    begun = standing.begins(signed, (us, party))
    if begun is not None:
        code = "in-force" if alone else "in-force-with"
        found.append(Step(code, begun, {"party": party}))
    after = standing.successor(signed, (us, party), among)
    if after is not None and begun is not None:
        moment, other = after
        same = other.agreement.id == signed.agreement.id
        params: dict[str, str | int] = {
            "version": other.agreement.version,
            "title": other.agreement.title,
            "party": party,
        }
        code = ("amended" if same else "replaced") + ("" if alone else "-with")
        found.append(Step(code, max(moment, begun), params, digest=other.digest))
    return found


TONES: Final = {
    "in-force": "good",
    "in-force-with": "good",
    "suspend-given": "warn",
    "resume-given": "good",
    "terminate-given": "bad",
}
WORDS: Final = {
    "registered": N_("Registered here by {by}"),
    "proposed": N_("Proposed by {party}"),
    "signed": N_("Signed by {party}"),
    "unsigned": N_("Not signed by {party} yet"),
    "in-force": N_("In force"),
    "in-force-with": N_("In force with {party}"),
    "amended": N_("Amended by version {version}"),
    "amended-with": N_("Amended by version {version} with {party}"),
    "replaced": N_("Replaced by “{title}”"),
    "replaced-with": N_("Replaced by “{title}” with {party}"),
    "suspend-given": N_("Suspended by {party}"),
    "resume-given": N_("Resumed by {party}"),
    "terminate-given": N_("Terminated by {party}"),
    "expires": N_("Last day"),
    "expired": N_("Ended with this day"),
}
