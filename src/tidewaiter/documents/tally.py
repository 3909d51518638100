"""The report of an import as it grows: counts, and findings up to a bound, so memory stays flat."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from tidewaiter.documents.finding import Finding
from tidewaiter.documents.intake import Fate

REFUSING: Final = 10_000  # refusals told one by one
NOTED: Final = 200  # findings that refuse nothing, told one by one for each rule


@dataclass(slots=True)
class Tally:
    """What an import did. `accepted`, `refused` and `duplicates` count declarations."""

    files: int = 0
    accepted: int = 0
    corrected: int = 0  # of the accepted, those that corrected one held before
    refused: int = 0
    duplicates: int = 0
    items: int = 0
    findings: list[Finding] = field(default_factory=list)
    rules: Counter[str] = field(default_factory=Counter)  # every finding, by rule
    missing: tuple[str, ...] = ()  # fields that the mapping does not fill

    def tell(self, finding: Finding) -> None:
        """Count a finding, and keep it while there is room for its kind."""
        self.rules[finding.rule] += 1
        most = REFUSING if finding.refuses else NOTED
        if self.rules[finding.rule] <= most:
            self.findings.append(finding)

    def taken(self, fate: Fate, items: int, finding: Finding | None) -> None:
        """Count what became of one declaration."""
        if fate in (Fate.NEW, Fate.CORRECTED):
            self.accepted += 1
            self.corrected += fate is Fate.CORRECTED
            self.items += items
        elif fate is Fate.DUPLICATE:
            self.duplicates += 1
        else:
            self.refused += 1
        if finding is not None:
            self.tell(finding)

    def count(self, more: dict[str, int]) -> None:
        """Count findings that are not told one by one."""
        self.rules.update(more)

    def document(self, seconds: float) -> dict[str, object]:
        """The report as `--json` prints it."""
        told = Counter(one.rule for one in self.findings)
        return {
            "files": self.files,
            "accepted": self.accepted,
            "corrected": self.corrected,
            "refused": self.refused,
            "duplicates": self.duplicates,
            "items": self.items,
            "seconds": round(seconds, 3),
            "errors": [entry(one) for one in self.findings],
            "rules": dict(sorted(self.rules.items())),
            "untold": sum((self.rules - told).values()),
            "missing": list(self.missing),
        }


def entry(finding: Finding) -> dict[str, object]:
    """One finding as `errors[]` prints it."""
    return {
        "file": finding.file,
        "line": finding.line,
        "field": finding.place,
        "rule": finding.rule,
        "message": finding.message,
        "refused": finding.refuses,
    }
