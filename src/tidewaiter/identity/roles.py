"""What each role may do: sets of permissions, one table, printed into the docs.

The auditor reads all and changes nothing. Roles of rooms that are not here yet hold what every
signed-in person holds.
"""

from types import MappingProxyType
from typing import Final

from tidewaiter.permission import Permission
from tidewaiter.problem import N_

_P = Permission
_EVERYBODY: Final = frozenset({_P.PUBLIC, _P.SIGNED_IN})
_READS_PAPERS: Final = frozenset(
    {_P.DECLARATION_READ, _P.INSPECTION_READ, _P.WORKBENCH_READ, _P.ASSESSMENT_READ}
)
_READS_EXCHANGE: Final = frozenset(
    {
        _P.ALERT_READ,
        _P.REQUEST_READ,
        _P.MESSAGE_READ,
        _P.AGREEMENT_READ,
        _P.LEDGER_READ,
        _P.PARTNER_READ,
    }
)
_WORKS: Final = frozenset(
    {_P.TASK_READ, _P.TASK_END, _P.INSPECTION_RECORD, _P.DECLARATION_RELEASE, _P.SEIZURE_MAKE}
)
_OFFICER: Final = _READS_PAPERS | _WORKS | {
    _P.DECLARATION_LODGE,
    _P.LANE_DECIDE,
    _P.ALERT_READ,
    _P.ALERT_SEND,
    _P.REQUEST_READ,
    _P.MESSAGE_READ,
    _P.AGREEMENT_READ,
}  # fmt: skip
_SUPERVISOR: Final = _OFFICER | _READS_EXCHANGE | {
    _P.INSPECTION_ASSIGN,
    _P.ASSESSMENT_RUN,
    _P.REQUEST_ASK,
    _P.REQUEST_ANSWER,
    _P.MESSAGE_SEND,
    _P.MESSAGE_RELEASE,
    _P.EXCHANGE_AUDIT,
    _P.PERSON_READ,
}  # fmt: skip
_ANALYST: Final = _READS_PAPERS | _READS_EXCHANGE | {
    _P.TASK_READ,
    _P.TASK_END,
    _P.ASSESSMENT_RUN,
    _P.PROFILE_WRITE,
    _P.MODEL_TRAIN,
    _P.ALERT_SEND,
}  # fmt: skip
_LIAISON: Final = _READS_PAPERS | _READS_EXCHANGE | {
    _P.TASK_READ,
    _P.TASK_END,
    _P.ALERT_SEND,
    _P.REQUEST_ASK,
    _P.REQUEST_ANSWER,
    _P.MESSAGE_SEND,
    _P.MESSAGE_RELEASE,
    _P.BUNDLE_CARRY,
    _P.EXCHANGE_AUDIT,
    _P.ALARM_ACKNOWLEDGE,
    _P.AGREEMENT_SIGN,
    _P.KEY_READ,
}  # fmt: skip
_NODE_ADMIN: Final = frozenset(
    {
        _P.PERSON_READ,
        _P.PERSON_WRITE,
        _P.PARTNER_READ,
        _P.PARTNER_WRITE,
        _P.BUNDLE_CARRY,
        _P.KEY_READ,
        _P.LEDGER_READ,
        _P.ALARM_ACKNOWLEDGE,
        _P.EXCHANGE_AUDIT,
        _P.AGREEMENT_READ,
        _P.TASK_READ,
        _P.TASK_END,
        _P.JOB_READ,
        _P.JOB_RETRY,
        _P.COMPONENT_READ,
    }
)
_READS_ALL: Final = frozenset(each for each in _P if each.value.endswith(":read"))

ROLES: Final = MappingProxyType(
    {
        "officer": _EVERYBODY | _OFFICER,
        "analyst": _EVERYBODY | _ANALYST,
        "ipr_officer": _EVERYBODY | _OFFICER,
        "supervisor": _EVERYBODY | _SUPERVISOR,
        "liaison": _EVERYBODY | _LIAISON,
        "node_admin": _EVERYBODY | _NODE_ADMIN,
        "auditor": _EVERYBODY | _READS_ALL,
        "data_protection": _EVERYBODY
        | {
            _P.AUDIT_READ,
            _P.AGREEMENT_READ,
            _P.MESSAGE_READ,
            _P.EXCHANGE_AUDIT,
            _P.LEDGER_READ,
            _P.PARTNER_READ,
        },
        "agency": _EVERYBODY,
        "director": _EVERYBODY | _READS_PAPERS | _READS_EXCHANGE | {_P.EXCHANGE_AUDIT},
        "trainer": _EVERYBODY,
        "right_holder": _EVERYBODY,
        "trader": _EVERYBODY,
    }
)
TITLES: Final = MappingProxyType(
    {
        "officer": N_("Officer"),
        "analyst": N_("Analyst"),
        "ipr_officer": N_("Intellectual property officer"),
        "supervisor": N_("Supervisor"),
        "liaison": N_("Liaison officer"),
        "node_admin": N_("Node administrator"),
        "auditor": N_("Auditor"),
        "data_protection": N_("Data protection officer"),
        "agency": N_("Officer of another authority"),
        "director": N_("Director"),
        "trainer": N_("Trainer"),
        "right_holder": N_("Right holder"),
        "trader": N_("Trader"),
    }
)
BOUND_TO_AN_OFFICE: Final = frozenset({"officer", "ipr_officer", "agency"})
"""Who has none but these roles sees what the own office may see; all others see every office."""


def permissions(roles: frozenset[str]) -> frozenset[Permission]:
    """Everything that somebody in `roles` may do; a role that is not in the table gives nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
