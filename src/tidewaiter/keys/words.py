"""The words for a key's use and state, marked for the catalogues."""

from typing import Final

from tidewaiter.keys.keyfile import Use
from tidewaiter.keys.ring import State
from tidewaiter.problem import N_

USES: Final[dict[str, str]] = {
    Use.SIG: N_("signs messages"),
    Use.ENC: N_("opens what is sealed to us"),
    Use.RECOVERY: N_("replaces all others"),
    Use.LOG: N_("signs the log"),
    Use.WITNESS: N_("cosigns partners' logs"),
}
STATES: Final[dict[str, str]] = {
    State.CURRENT: N_("in use"),
    State.NEXT: N_("about to be used"),
    State.OLD: N_("kept for what is under way"),
    State.EXPIRED: N_("no longer valid"),
    State.OFFLINE: N_("kept offline"),
    State.REVOKED: N_("revoked, never to be used"),
}
TONES: Final[dict[str, str]] = {
    State.CURRENT: "good",
    State.NEXT: "neutral",
    State.OLD: "neutral",
    State.EXPIRED: "bad",
    State.OFFLINE: "good",
    State.REVOKED: "bad",
}
