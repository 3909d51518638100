"""How the signals of a notice come about: a few with it, thousands after it, some at once.

A message may name more than one short transaction can write. Then what it is about waits with its
notice, and a job writes the signals: they count once all are there, so that nothing is judged by a
part of a word. Killed, the job goes on where it was.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tidewaiter.risk import signals, subjects
from tidewaiter.risk.models import Notice
from tidewaiter.risk.partners.models import AT_ONCE, RAISING
from tidewaiter.work import actions as work

NAMING = ("consignment", "goods")  # the members of data that name subjects


def begin(data: Mapping[str, Any]) -> tuple[Sequence[subjects.Subject], str]:
    """The subjects that data names; or, where they may be too many, what names them, to wait."""
    if subjects.at_most(data) <= AT_ONCE:
        return subjects.subjects(data), ""
    about = {name: data[name] for name in NAMING if name in data}
    return (), msgspec.json.encode(about).decode()


def rows(
    about: Sequence[subjects.Subject], message_id: str, certainty: str, until: datetime
) -> list[dict[str, Any]]:
    """A signal for each subject that a word is about, as its notice keeps it."""
    return [
        {
            "part": one.part,
            "kind": one.kind,
            "value": one.value,
            "weight": signals.alone(one.part, certainty),
            "message_id": message_id,
            "until_at": until,
        }
        for one in about
    ]


def settle(word: str) -> None:
    """Write what is left of a notice's signals, or end them where it was withdrawn."""
    notice = Notice.objects.filter(word=word).first()
    if notice is not None and notice.unsettled == RAISING:
        about = subjects.subjects(msgspec.json.decode(notice.waiting))
        told = rows(about, notice.message_id, notice.certainty, notice.until_at)
        while Notice.objects.raise_some(word, told):
            work.give_way()
    while Notice.objects.filter(word=word).drop_some():
        work.give_way()
