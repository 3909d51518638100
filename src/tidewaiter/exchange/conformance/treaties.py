"""The agreements that the tester signs with the node it tries, as documents of agreement.md."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

Document = dict[str, Any]

BASIS: Final = {"instrument": "Conformance run", "article": "1"}
ALERT_FIELDS: Final = ("alert", "offence", "certainty", "summary", "validuntil", "goods")


@dataclass(frozen=True, slots=True)
class Treaty:
    """One agreement: which testers are party to it and sign it, and whether the node shall."""

    name: str
    testers: tuple[str, ...]  # roles; all of them are parties
    document: Document
    signers: tuple[str, ...]  # roles
    node_signs: bool = True


def treaties(codes: dict[str, str], node: str, ids: dict[str, str], today: date) -> list[Treaty]:
    """All agreements of a kit, in the order in which they are to be signed."""
    past, far = today - timedelta(days=400), today + timedelta(days=1800)

    def made(
        name: str, *testers: str, clauses: list[Document], version: int = 1, **members: Any
    ) -> Document:
        return {
            "tidewaiter": "agreement/1",
            "id": ids[name.rpartition("-")[0] if version > 1 or name.endswith("-1") else name],
            "version": version,
            "title": f"Conformance run: {name}",
            "kind": "mutual-assistance",
            "parties": sorted([node, *(codes[role] for role in testers)]),
            "entry": "all",
            "basis": [BASIS],
            "from": past.isoformat(),
            "until": far.isoformat(),
            "clauses": clauses,
            **members,
        }

    both = {role: sorted([node, codes[role]]) for role in ("first", "second", "changing")}
    three = sorted([node, codes["first"], codes["changing"]])
    ended = {"until": (today - timedelta(days=2)).isoformat()}
    begins = {"from": (today + timedelta(days=300)).isoformat()}
    young = {"from": (today - timedelta(days=5)).isoformat()}
    main = [*rules(both["first"], codes["first"], node)]
    first = [plain(both["first"])]
    found: list[tuple[str, tuple[str, ...], list[Document], dict[str, Any]]] = [
        ("main", ("first",), main, {}),
        ("secured", ("second",), [plain(both["second"]), asking(both["second"])], {}),
        ("changing", ("changing",), [plain(both["changing"])], {}),
        ("expired", ("first",), first, ended),
        ("future", ("first",), first, begins),
        ("young", ("first",), first, young),
        ("hashed", ("first",), [hashed(both["first"])], {}),
        ("hashed-by-tester", ("second",), [hashed(both["second"])], {}),
        ("amended-1", ("first",), first, {}),
        ("amended-2", ("first",), [plain(both["first"], days=30)], {"version": 2}),
        ("paused", ("first",), first, {}),
        ("ended", ("first",), first, {}),
    ]
    signed = [
        Treaty(name, roles, made(name, *roles, clauses=clauses, **members), roles)
        for name, roles, clauses, members in found
    ]
    several: dict[str, Any] = {"kind": "plurilateral", "entry": 2}
    parties = ("first", "changing")
    open_ = made("plurilateral", *parties, clauses=[plain(three)], **several)
    half = made("half-signed", "first", clauses=first)
    return [
        *signed,
        Treaty("plurilateral", parties, open_, ("first",)),
        Treaty("half-signed", ("first",), half, ("first",), node_signs=False),
    ]


NAMES: Final = (  # one id each
    "main",
    "secured",
    "changing",
    "expired",
    "future",
    "young",
    "hashed",
    "hashed-by-tester",
    "amended",
    "paused",
    "ended",
    "plurilateral",
    "half-signed",
)


def clause(ident: str, parties: list[str], purpose: str, **members: Any) -> Document:
    """One clause in both directions, for spontaneous alerts unless said."""
    return {
        "id": ident,
        "title": f"Clause {ident}",
        "disclosers": parties,
        "recipients": parties,
        "categories": ["alert"],
        "purposes": [purpose],
        "modes": ["spontaneous"],
        "fields": {"allow": [*ALERT_FIELDS, "consignment"]},
        "handling": "TLP:AMBER",
        "retention": {"days": 365},
        "onward": "none",
        "use": "intelligence",
        "approval": "none",
        **members,
    }


def plain(parties: list[str], days: int = 365) -> Document:
    """Clause 7.10: alerts with goods of some headings, amounts as bands, no declarant."""
    return clause(
        "7.10",
        parties,
        "ipr-enforcement",
        when=[{"field": "goods.hs", "under": ["64", "8517"]}],
        fields={
            "allow": [*ALERT_FIELDS, "consignment", "attachments"],
            "generalise": {"goods.value.amount": "band"},
            "withhold": ["consignment.declarant"],
        },
        retention={"days": days},
    )


def hashed(parties: list[str]) -> Document:
    """Clause 8: the consignee's name leaves as a keyed hash alone."""
    fields = {
        "allow": [*ALERT_FIELDS, "consignment"],
        "generalise": {"consignment.consignee.name": "keyed-hash"},
    }
    return clause("8", parties, "ipr-enforcement", fields=fields)


def asking(parties: list[str]) -> Document:
    """Clause 9: questions, and alerts in answer to them."""
    return clause(
        "9",
        parties,
        "customs-enforcement",
        categories=["request", "alert"],
        modes=["spontaneous", "on-request"],
        fields={"allow": [*ALERT_FIELDS, "consignment", "about", "category", "from", "to"]},
    )


def rules(parties: list[str], tester: str, node: str) -> list[Document]:
    """The clauses of the agreement under which each rule of a clause is tried."""
    generalised = {
        "goods.hs": "hs4",
        "goods.description": "presence",
        "consignment.route": "country",
        "consignment.departure": "year",
        "consignment.arrival": "month",
        "consignment.consignee.name": "keyed-hash",
        "goods.grossmass": "band",
    }
    met = [
        {"field": "offence", "equals": "counterfeit"},
        {"field": "goods.origin", "in": ["CN", "VN"]},
        {"field": "goods.value.amount", "least": "1000"},
        {"field": "goods.grossmass", "most": "500.5"},
    ]
    wide: Document = {"allow": [*ALERT_FIELDS, "consignment"]}
    banded = {**wide, "generalise": {"goods.value.amount": "band"}}
    papers = [
        "seizure", "date", "office", "offence", "consignment", "goods", "concealment", "right",
        "outcome", "partnerreference", "control", "kind", "result", "findings", "seals",
    ]  # fmt: skip
    asked = ["request", "subject", "facts", "asked", "due", "about", "category", "from", "to"]
    return [
        plain(parties),
        clause("2", parties, "security", fields={**wide, "generalise": generalised}),
        clause("3", parties, "health-safety", disclosers=[node], recipients=[tester]),
        clause("4", parties, "revenue", when=met, fields=wide),
        clause("4.1", parties, "statistics", when=met[2:3], fields=banded),
        clause("5", parties, "facilitation", handling="TLP:GREEN", modes=["on-request"]),
        clause(
            "6",
            parties,
            "customs-enforcement",
            categories=["seizure", "control-result"],
            fields={"allow": papers, "generalise": {"date": "month"}},
        ),
        clause("7.1", parties, "training", categories=["request"], fields={"allow": asked}),
        asking(parties),
    ]
