"""One run: the cases asked for, one after the other, and what was found of each."""

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tidewaiter.exchange.conformance import cases
from tidewaiter.exchange.conformance.cases import gaps
from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun
from tidewaiter.exchange.conformance.signing import NoSignature
from tidewaiter.exchange.conformance.subject import NoAnswer


@dataclass(frozen=True, slots=True)
class Result:
    """What one case found; `ok` is None where it could not be tried."""

    case: Case
    ok: bool | None
    found: str

    def said(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "name": self.case.name,
            "section": self.case.section,
            "ok": self.ok,
            "expected": self.case.expected,
            "found": self.found,
        }


def chosen(patterns: Sequence[str]) -> list[Case]:
    """The cases whose names match one of the patterns; all without a pattern."""
    wanted = patterns or ["*"]
    return [
        case
        for case in cases.every()
        if any(fnmatch.fnmatchcase(case.name, pattern) for pattern in wanted)
    ]


def run(
    ground: Ground, wanted: Sequence[Case], tell: Callable[[Result], None] = lambda _: None
) -> list[Result]:
    """Try the cases in their order; gaps are opened first, so that their time runs beside."""
    if any(case in gaps.CASES or case.name.startswith("sending.") for case in wanted):
        _guarded(lambda: gaps.begin(ground))
    results = []
    for case in wanted:
        results.append(_one(ground, case))
        tell(results[-1])
    ground.kit.keep()
    return results


def _one(ground: Ground, case: Case) -> Result:
    try:
        found = case.run(ground)
    except NotRun as why:
        return Result(case, None, str(why))
    except NoAnswer as error:
        return Result(case, False, str(error))
    except (httpx.HTTPError, NoSignature) as error:
        return Result(case, False, f"no answer: {error or type(error).__name__}")
    except Exception as error:  # whatever a node of anybody's answers, the run goes on
        return Result(case, False, f"an answer of another form: {error!r}")
    return Result(case, case.agrees(found), found)


def _guarded(act: Callable[[], None]) -> None:
    """Do what cases build on; where it fails, they say so themselves."""
    try:
        act()
    except (NoAnswer, NoSignature, httpx.HTTPError, KeyError, TypeError, ValueError):
        return
