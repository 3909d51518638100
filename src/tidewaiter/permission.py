"""Every permission, one enum, and the mark that a door carries; `identity` enforces the mark.

A name is `room:thing:act`. Roles are sets of these (`identity.roles`).
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeVar

Door = TypeVar("Door", bound=Callable[..., object])


class Permission(StrEnum):
    """What a door may ask of the one who comes; each is held by the roles in `identity.roles`."""

    PUBLIC = "public"  # anybody, a stranger too: sign-in, health, the partner endpoints
    SIGNED_IN = "signed-in"  # anybody who has signed in

    DECLARATION_READ = "documents:declaration:read"
    DECLARATION_LODGE = "documents:declaration:lodge"
    INSPECTION_READ = "controls:inspection:read"
    INSPECTION_ASSIGN = "controls:inspection:assign"
    INSPECTION_RECORD = "controls:inspection:record"
    DECLARATION_RELEASE = "controls:declaration:release"
    SEIZURE_MAKE = "controls:seizure:make"
    WORKBENCH_READ = "risk:workbench:read"
    ASSESSMENT_READ = "risk:assessment:read"
    ASSESSMENT_RUN = "risk:assessment:run"
    LANE_DECIDE = "risk:lane:decide"
    PROFILE_WRITE = "risk:profile:write"
    MODEL_TRAIN = "risk:model:train"
    ALERT_READ = "risk:alert:read"
    ALERT_SEND = "risk:alert:send"
    REQUEST_READ = "assistance:request:read"
    REQUEST_ASK = "assistance:request:ask"
    REQUEST_ANSWER = "assistance:request:answer"
    MESSAGE_READ = "exchange:message:read"
    MESSAGE_SEND = "exchange:message:send"
    MESSAGE_RELEASE = "exchange:message:release"
    BUNDLE_CARRY = "exchange:bundle:carry"
    EXCHANGE_AUDIT = "exchange:audit:read"
    AGREEMENT_READ = "agreements:agreement:read"
    AGREEMENT_SIGN = "agreements:agreement:sign"
    LEDGER_READ = "ledger:log:read"
    ALARM_ACKNOWLEDGE = "ledger:alarm:acknowledge"
    PARTNER_READ = "identity:partner:read"
    PARTNER_WRITE = "identity:partner:write"
    PERSON_READ = "identity:person:read"
    PERSON_WRITE = "identity:person:write"
    AUDIT_READ = "identity:audit:read"
    KEY_READ = "keys:key:read"
    TASK_READ = "work:task:read"
    TASK_END = "work:task:end"
    JOB_READ = "work:job:read"
    JOB_RETRY = "work:job:retry"
    COMPONENT_READ = "web:component:read"


MARK: Final = "permission"


def permitted(permission: Permission) -> Callable[[Door], Door]:
    """Mark a view or an API operation with the permission that it needs."""

    def mark(door: Door) -> Door:
        setattr(door, MARK, permission)
        return door

    return mark
