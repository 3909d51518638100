"""What may be done with an agreement, on its page: propose, sign and send, give notice."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string

from tidewaiter.agreements import notices
from tidewaiter.agreements import queries as agreements
from tidewaiter.agreements.standing import State
from tidewaiter.identity import queries as identity
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import N_

OVER: Final = {"terminated", "expired", "superseded"}
LABELS: Final = {
    "suspend": N_("Suspend"),
    "resume": N_("Resume"),
    "terminate": N_("Terminate"),
}


@permitted(Permission.AGREEMENT_SIGN)
def agreement(request: HttpRequest, subject: agreements.Registered) -> str:
    """The next step for who may sign, and the notices that are ours to give."""
    us = settings.ADMINISTRATION
    partners = [
        each for each in subject.parties if each != us and identity.partner(each) is not None
    ]
    others = [each for each in subject.parties if each != us]
    ended = all(state in OVER for _, state in subject.partners)
    ours = us in subject.signed_by
    came = subject.proposed_by not in {"", us}
    shown = {
        "digest": subject.digest,
        "to": ", ".join(partners),
        "untold": ", ".join(each for each in others if each not in partners),
        "accept": not ours and (came or bool(subject.signed_by)) and bool(partners),
        "propose": not ours and not came and not subject.signed_by and bool(partners),
        "again": ours and bool(subject.missing) and bool(partners),
        "proposer": subject.proposed_by if came else "",
        "missing": ", ".join(each for each in subject.missing if each != us),
        "held_by": _suspending(subject, us),
        "ours": notices.own_state(subject.signed, us) is State.SUSPENDED,
        "notices": []
        if ended
        else [(each, LABELS[each]) for each in notices.open_to(subject.signed, us)],
    }
    return render_to_string("exchange/_treaty.html", shown, request=request)


def _suspending(subject: agreements.Registered, us: str) -> str:
    """The other parties that have suspended it, and not resumed it since."""
    signed = subject.signed
    states = {each: notices.own_state(signed, each) for each in subject.parties if each != us}
    return ", ".join(each for each, state in states.items() if state is State.SUSPENDED)
