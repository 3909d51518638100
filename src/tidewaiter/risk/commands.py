"""The verbs of `risk` and `alerts`."""

from pathlib import Path
from typing import Any

import click

from tidewaiter import clock, command
from tidewaiter.exchange import actions as exchange
from tidewaiter.identity import viewer
from tidewaiter.risk import actions, errors, queries, replaying, warning
from tidewaiter.risk.partners import actions as telling
from tidewaiter.risk.partners import queries as said

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def risk() -> None:
    """Judge declarations: assess, teach the model, manage profiles."""


@risk.command("assess")
@click.argument("references", nargs=-1, metavar="[REF…]")
@click.option("--all", "everything", is_flag=True, help="Assess all declarations again.")
@command.verb
def assess(references: tuple[str, ...], everything: bool) -> object:
    """Assess declarations: those named, all, or those that have no assessment."""
    from tidewaiter.documents import queries as declarations

    ids = declarations.ids(
        references=list(references) or None, unassessed=not references and not everything
    )
    if references and len(ids) < len(set(references)):
        found = set(declarations.references(ids).values())
        missing = next(name for name in references if name not in found)
        queries.seen(viewer.command_line(), missing, at=clock.real())
    done = actions.assess(
        ids,
        at=clock.trade(),
        progress=lambda count: command.progress(f"assessed {count} of {len(ids)}"),
    )
    if everything or not references:
        actions.recut(at=clock.trade())
    return {"assessed": done.assessed, "lanes": done.lanes, "seconds": done.seconds}


@risk.command("train")
@click.option("--labels", type=FILE, help="CSV of reference,outcome (0 or 1) instead of controls.")
@click.option("--seed", type=int, default=1, show_default=True)
@command.verb
def train(labels: Path | None, seed: int) -> object:
    """Teach a model with the outcomes of controls, and use it from now on."""
    from tidewaiter.risk import learning

    command.progress("teaching a model")
    done = learning.train(at=clock.trade(), seed=seed, labels=_labels(labels) if labels else None)
    return {"model": done.model, "rows": done.rows, "metrics": done.metrics}


@risk.command("benchmark")
@click.option("--train", "training", type=FILE, required=True, help="CSV to learn from.")
@click.option("--valid", type=FILE, help="CSV to learn from too.")
@click.option("--test", "tested", type=FILE, required=True, help="CSV that is scored.")
@click.option("--label", required=True, help="Column of the outcome.")
@click.option("--positive", type=int, default=1, show_default=True, help="Least label of a find.")
@click.option("--mapping", default="korea", show_default=True, help="A mapping's name or file.")
@click.option("--pattern", default="", help="Columns by which rows count as seen before.")
@click.option("--seed", type=int, default=1, show_default=True)
@command.verb
def benchmark(
    training: Path,
    valid: Path | None,
    tested: Path,
    label: str,
    positive: int,
    mapping: str,
    pattern: str,
    seed: int,
) -> object:
    """Teach with one file, score another, and print how well its finds are ranked."""
    from tidewaiter.documents import library
    from tidewaiter.risk import benchmark as trial

    used = library.load(mapping)
    columns = [name.strip() for name in pattern.split(",") if name.strip()]
    known = []
    for path in (training, valid):
        if path is not None:
            command.progress(f"reading {path.name}")
            known.append(trial.read(path, used, label, positive=positive, pattern=columns))
    test = trial.read(tested, used, label, positive=positive, pattern=columns)
    command.progress("teaching and scoring")
    return trial.run(trial.together(known), test, seed=seed)


@risk.command("because-of-partner")
@command.verb
def because_of_partner() -> object:
    """List red consignments that would not be red without a partner's message."""
    return [
        {
            "reference": one.reference,
            "from": one.from_,
            "message_id": one.message_id,
            "alone": one.alone,
            "at": clock.text(one.at),
        }
        for one in replaying.because_of_partner()
    ]


@risk.group()
def profiles() -> None:
    """What is looked for: profiles in YAML."""


@profiles.command("list")
@command.verb
def list_profiles() -> object:
    """List the profiles and whether they are in use."""
    return queries.profile_list()


@profiles.command("add")
@click.argument("file", type=FILE)
@command.verb
def add(file: Path) -> object:
    """Keep a profile; it is not in use before it is activated."""
    from tidewaiter.risk import learning

    name, version = learning.add_profile(
        text=file.read_bytes(), by=viewer.command_line().name, at=clock.real()
    )
    return {"profile": name, "version": version, "selected": None, "found": None}


@profiles.command("backtest")
@click.argument("file_or_id", metavar="FILE_OR_ID")
@command.verb
def backtest(file_or_id: str) -> object:
    """Say what a profile would have selected, and what was found in that."""
    from tidewaiter.risk import learning

    return learning.backtest_profile(text=_profile(file_or_id), at=clock.trade())


@profiles.command("activate")
@click.argument("file_or_id", metavar="FILE_OR_ID")
@command.verb
def activate(file_or_id: str) -> object:
    """Use a profile from now on."""
    return _turned(file_or_id, on=True)


@profiles.command("retire")
@click.argument("file_or_id", metavar="FILE_OR_ID")
@command.verb
def retire(file_or_id: str) -> object:
    """Use a profile no more; what it found before stays."""
    return _turned(file_or_id, on=False)


@click.group()
def alerts() -> None:
    """Warn partners of consignments, and withdraw what was wrong."""


@alerts.command("send")
@click.argument("reference", metavar="REF")
@click.option("--to", required=True, metavar="XB", help="The partner's code.")
@click.option("--offence", default="", help="What is suspected, where no inspection found it.")
@click.option("--certainty", type=click.Choice(["suspected", "confirmed"]), default=None)
@click.option("--summary", default="")
@click.option("--mark", "marks", multiple=True, help="A mark on the goods; may be given often.")
@click.option("--purpose", default="")
@click.option("--handling", default="")
@command.verb
def send(
    reference: str,
    to: str,
    offence: str,
    certainty: str | None,
    summary: str,
    marks: tuple[str, ...],
    purpose: str,
    handling: str,
) -> object:
    """Warn a partner of a declaration, with what its inspection found."""
    told = warning.Told(
        offence=offence,
        certainty=certainty or "",
        summary=summary,
        marks=marks,
        purpose=purpose,
        handling=handling,
    )
    sent = actions.send_alert(
        reference=reference,
        to=to,
        by=viewer.command_line(),
        at=clock.real(),
        on=clock.trade(),
        told=told,
    )
    return alerted(sent)


@alerts.command("withdraw")
@click.argument("alert", metavar="ALERT")
@click.option("--reason", default="")
@command.verb
def withdraw(alert: str, reason: str) -> object:
    """Withdraw an alert at every partner that was sent it."""
    done = actions.withdraw_alert(
        alert=alert, by=viewer.command_line(), at=clock.real(), reason=reason
    )
    told = [alerted(one) for one in done]
    return told[0] if len(told) == 1 else told


@alerts.command("feedback")
@click.argument("alert", metavar="ALERT")
@click.option("--useful/--not-useful", required=True, default=None, help="Was it of use?")
@click.option("--outcome", default="", help="What came of it, in a word.")
@click.option("--summary", default="")
@click.option(
    "--from", "partner", default="", metavar="XB", help="Whose, where two use the number."
)
@command.verb
def feedback(alert: str, useful: bool, outcome: str, summary: str, partner: str) -> object:
    """Tell a partner what came of its alert."""
    done = telling.feedback(
        alert=alert,
        useful=useful,
        outcome=outcome,
        summary=summary,
        partner=partner,
        by=viewer.command_line(),
        at=clock.real(),
    )
    return {"alert": done.alert, "to": done.partner, "useful": useful, **printed(done.message)}


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--to", required=True, metavar="XB", help="The partner's code.")
@click.option("--findings", default="", help="In words; else the offence that was found.")
@click.option("--purpose", default="")
@click.option("--handling", default="")
@command.verb
def send_result(reference: str, to: str, findings: str, purpose: str, handling: str) -> object:
    """Tell a partner what the last inspection of a declaration found."""
    message = telling.send_result(
        reference=reference,
        to=to,
        findings=findings,
        purpose=purpose,
        handling=handling,
        by=viewer.command_line(),
        at=clock.real(),
    )
    return printed(message)


@alerts.command("list")
@command.verb
def list_alerts() -> object:
    """List the alerts and reports that we sent."""
    return [
        {
            "alert": one.number,
            "kind": one.kind,
            "reference": one.reference,
            "to": one.recipient,
            "id": one.message_id,
            "at": clock.text(one.at),
            "withdrawn": clock.text(one.withdrawn_at) if one.withdrawn_at else None,
            "useful": one.useful,
            "outcome": one.outcome,
        }
        for one in said.alerts()
    ]


def printed(message: exchange.Sent) -> dict[str, Any]:
    """What a sent message prints, as `exchange send`."""
    return {
        "id": str(message.id),
        "serial": message.serial,
        "state": message.state,
        "agreement": message.agreement,
        "clause": message.clause,
        "withheld": list(message.withheld),
    }


def alerted(sent: actions.Alerted) -> dict[str, Any]:
    """What a sent alert prints: as `exchange send`, and its number."""
    return {
        "alert": sent.alert,
        "id": sent.id,
        "serial": sent.serial,
        "state": sent.state,
        "agreement": sent.agreement,
        "clause": sent.clause,
        "withheld": list(sent.withheld),
    }


def _profile(file_or_id: str) -> bytes:
    path = Path(file_or_id)
    return path.read_bytes() if path.is_file() else queries.profile_text(file_or_id)


def _turned(file_or_id: str, *, on: bool) -> dict[str, Any]:
    from tidewaiter.risk import learning

    by = viewer.command_line().name
    name = file_or_id
    if Path(file_or_id).is_file():
        name, _ = learning.add_profile(text=_profile(file_or_id), by=by, at=clock.real())
    tried = learning.backtest_profile(text=queries.profile_text(name), at=clock.trade())
    version = learning.turn_profile(profile=name, on=on, by=by, at=clock.real())
    return {**tried, "version": version, "state": "active" if on else "retired"}


def _labels(path: Path) -> Any:
    import polars as pl

    try:
        table = pl.read_csv(path, schema_overrides={"reference": pl.String})
        return table.select("reference", pl.col("outcome").cast(pl.Int64))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise errors.BadTable(file=path.name, reason=str(error)[:200]) from None
