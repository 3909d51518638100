"""Dealings with a partner in memory: an agreement of any clauses in force, a message that came."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.exchange.conftest import CLAUSE, TEXT
from tests.exchange.partner import Partner, read
from tidewaiter import clock, jose
from tidewaiter.agreements import actions as agreements
from tidewaiter.agreements import document, signing
from tidewaiter.exchange import actions, jobs, message
from tidewaiter.exchange.models import Inbound
from tidewaiter.keys import actions as keys
from tidewaiter.work import actions as work


def in_force(
    partner: Partner, *clauses: dict[str, Any], state: str = "in-force", **changes: Any
) -> str:
    """The digest of an agreement that both signed; clauses are numbered from 1 on."""
    numbered = [{**CLAUSE, "id": str(number), **clause} for number, clause in enumerate(clauses, 1)]
    text = document.read(json.dumps({**TEXT, "clauses": numbered, **changes}).encode())
    theirs = partner.member(text.canonical, typ=signing.TYP)
    ours = keys.sign_member(text.canonical, header=signing.header(partner.at))
    signed = {"payload": jose.encode(text.canonical), "signatures": [theirs, ours]}
    added = agreements.add(json.dumps(signed).encode(), at=clock.real(), by="test")
    assert added.state == state
    return added.digest


def made(
    partner: Partner,
    agreement: str,
    type: str,  # noqa: A002
    data: dict[str, Any],
    *,
    clause: str = "1",
    at: datetime | None = None,
    mode: str = "spontaneous",
    purpose: str = "ipr-enforcement",
    **changes: Any,
) -> message.Message:
    """The next message of the partner under that clause."""
    when = at or clock.real()
    bare = partner.next(when, type=type, data=data)
    permit = message.Permit(
        agreement=agreement,
        clause=clause,
        purpose=purpose,
        mode=mode,
        handling="TLP:AMBER",
        retain_until=when + timedelta(days=300),
        conversation=str(bare.id),
    )
    return replace(bare, permit=permit, **changes)


def taken(partner: Partner, *messages: message.Message) -> list[str]:
    """What each was answered: `accepted`, or the name of the problem. Nothing is handled yet."""
    lines = [partner.line(each) for each in messages]
    answers = actions.receive(lines, at=clock.real(), address="10.0.0.1")
    told = [read(each)["data"] for each in answers]
    return [
        each["problem"]["type"].rpartition("/")[2] if "problem" in each else each["outcome"]
        for each in told
    ]


def handled() -> None:
    """Hand over what waits for its handler, and do the jobs that follow from it at once."""
    jobs.handle()


def came(partner: Partner, agreement: str, type: str, data: Any, **more: Any) -> message.Message:  # noqa: A002
    """A message of the partner that was accepted and handled."""
    sent = made(partner, agreement, type, data, **more)
    answers = taken(partner, sent)
    assert answers == ["accepted"], answers
    handled()
    return sent


def worked(*kinds: str) -> None:
    """Do the jobs of these kinds that are due."""
    from tidewaiter.work import jobs as registry

    for kind in kinds:
        while found := work.claim("test", at=clock.real(), limit={}, busy=all_but(kind)):
            for job in found:
                registry.handler(job.kind)(**job.args)
                work.finish("test", [job.id])


def all_but(kind: str) -> list[str]:
    """The kinds of jobs but this one, for `work.claim` to leave alone."""
    from tidewaiter.work import jobs as registry

    return [name for name in registry.REGISTRY if name != kind]


def handled_later() -> None:
    """As `handled`, once the wait of those that stumbled is over."""
    Inbound.objects.filter(handled_at=None).update(handle_at=clock.real())
    jobs.handle()


def with_data(sent: message.Message, **data: Any) -> message.Message:
    """The same message, saying something else."""
    return replace(sent, data={**sent.data, **data})
