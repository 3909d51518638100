"""The agreements that ship: each is whole, permits what it is for, and refuses one step outside."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest

from tests.agreements.documents import ALERT, AT, REQUIRED, signed
from tidewaiter.agreements import actions, checking, decision, document, minimisation, sentences
from tidewaiter.agreements.decision import Permit, Refusal, Request
from tidewaiter.agreements.document import Agreement

FOLDER = resources.files("tidewaiter.agreements") / "examples"
NAMES = sorted(each.name for each in FOLDER.iterdir() if each.name.endswith(".yaml"))
SEIZURE = {
    "seizure": "XA-S-7",
    "date": "2026-11-20",
    "offence": "counterfeit",
    "office": "XA-PRT",
    "right": {"mark": "STRIDE", "holder": "Stride Inc"},
    "consignment": ALERT["consignment"],
    "goods": ALERT["goods"],
}
CONTROL = {
    "control": "XA-C-1",
    "date": "2026-11-20",
    "kind": "seal",
    "result": "conform",
    "consignment": {"ucr": "6XA1", "seals": ["S1"]},
}


def source(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def example(name: str) -> Agreement:
    return document.read(source(name))


def alert(from_: str, to: str, purpose: str) -> Request:
    return Request(
        from_=from_,
        to=to,
        type="org.tidewaiter.alert.shipment.v1",
        category="alert",
        purpose=purpose,
        mode="spontaneous",
        handling="TLP:AMBER",
        data=ALERT,
        required=REQUIRED,
    )


def seizure(from_: str, to: str, purpose: str) -> Request:
    asked = alert(from_, to, purpose)
    required = ("seizure", "date", "offence")
    return replace(
        asked,
        type="org.tidewaiter.seizure.report.v1",
        category="seizure",
        data=SEIZURE,
        required=required,
    )


def control(from_: str, to: str, **data: Any) -> Request:
    asked = alert(from_, to, "facilitation")
    return replace(
        asked,
        type="org.tidewaiter.control.result.v1",
        category="control-result",
        handling="TLP:GREEN",
        data={**CONTROL, **data},
        required=("control", "date", "kind", "consignment", "result"),
    )


def decided(name: str, request: Request) -> Permit | Refusal:
    return decision.decide([signed(example(name))], request, AT)


@pytest.mark.parametrize("name", NAMES)
class TestEachExample:
    def test_is_well_formed_and_makes_sense(self, name: str) -> None:
        found = checking.check(document.read_source(source(name)))
        assert [each.said() for each in found if not each.warns] == []

    def test_is_found_well_by_the_check_of_the_room(self, name: str) -> None:
        assert actions.check(source(name)).ok

    def test_reads_as_sentences(self, name: str) -> None:
        for article in sentences.articles(example(name)):
            assert all(each.said().endswith(".") for each in article.sentences)


PERMITS = [
    (name, ask(from_, to, purpose))
    for name, pairs in (
        ("xaxb-mutual-assistance.yaml", [("XA", "XB"), ("XB", "XA")]),
        ("xbxc-ipr-cooperation.yaml", [("XB", "XC"), ("XC", "XB")]),
        ("xaxbxc-plurilateral.yaml", [("XA", "XB"), ("XA", "XC"), ("XC", "XA")]),
    )
    for from_, to in pairs
    for purpose in ("ipr-enforcement", "customs-enforcement")
    for ask in (alert, seizure)
]


@pytest.mark.parametrize(("name", "request_"), PERMITS)
def test_warnings_and_findings_pass_released_by_one(name: str, request_: Request) -> None:
    found = decided(name, request_)
    assert isinstance(found, Permit)
    assert found.obligations.approval == "one"
    clause = example(name).clause(found.clause)
    assert clause is not None
    sent = minimisation.minimise(request_.data, clause, None)
    assert "declarant" not in sent.data["consignment"]
    assert sent.data["consignment"]["containers"] == ["MSKU1234565"]
    assert sent.data["goods"][0]["hs"] == "640411"


@pytest.mark.parametrize(
    ("name", "request_", "reason"),
    [
        ("xaxb-mutual-assistance.yaml", alert("XA", "XB", "revenue"), "purpose"),
        (
            "xaxb-mutual-assistance.yaml",
            replace(alert("XA", "XB", "ipr-enforcement"), handling="TLP:GREEN"),
            "handling",
        ),
        ("xaxb-mutual-assistance.yaml", alert("XA", "XC", "ipr-enforcement"), "no-agreement"),
        ("xbxc-ipr-cooperation.yaml", alert("XB", "XC", "security"), "purpose"),
        (
            "xbxc-ipr-cooperation.yaml",
            replace(
                seizure("XB", "XC", "ipr-enforcement"),
                mode="on-request",
                needs=("consignment.declarant.name",),
            ),
            "needs",
        ),
        (
            "xaxbxc-plurilateral.yaml",
            replace(alert("XA", "XB", "ipr-enforcement"), mode="on-request"),
            "mode",
        ),
        (
            "xaxbxc-plurilateral.yaml",
            replace(seizure("XA", "XB", "revenue"), handling="TLP:GREEN"),
            "condition",
        ),
        ("xaxb-mutual-recognition.yaml", alert("XA", "XB", "facilitation"), "category"),
        ("xaxb-mutual-recognition.yaml", control("XA", "XB", result="not-conform"), "condition"),
    ],
)
def test_one_step_outside_is_refused(name: str, request_: Request, reason: str) -> None:
    found = decided(name, request_)
    assert isinstance(found, Refusal)
    assert found.reason.code == reason


def test_a_conform_control_is_recognised_without_anybody() -> None:
    found = decided("xaxb-mutual-recognition.yaml", control("XA", "XB"))
    assert isinstance(found, Permit)
    assert found.obligations.approval == "none"


def test_a_valuable_case_goes_as_evidence_by_two() -> None:
    goods = [{**ALERT["goods"][0], "value": {"amount": "25000.00", "currency": "USD"}}]
    asked = seizure("XB", "XC", "ipr-enforcement")
    asked = replace(
        asked,
        mode="on-request",
        handling="TLP:AMBER+STRICT",
        needs=("consignment.declarant",),
        data={**SEIZURE, "goods": goods},
    )
    found = decided("xbxc-ipr-cooperation.yaml", asked)
    assert isinstance(found, Permit)
    assert (found.clause, found.obligations.approval, found.obligations.use) == (
        "4",
        "two",
        "evidence",
    )


def test_all_examples_together_still_permit_what_each_permits() -> None:
    book = [signed(example(name)) for name in NAMES]
    for _, request in PERMITS:
        assert isinstance(decision.decide(book, request, AT), Permit)


def parties() -> Iterator[str]:
    for name in NAMES:
        yield "".join(example(name).parties).lower()


def test_a_file_is_named_after_its_parties() -> None:
    assert [name.partition("-")[0] for name in NAMES] == list(parties())
