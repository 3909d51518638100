"""What a played demo comes to, asked of the nodes themselves; and where a visitor looks first."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from tidewaiter.demo import founding, homes, processes

ALERT: Final = "org.tidewaiter.alert.shipment.v1"
EVERYTHING: Final = "10000"


def make(nodes: list[processes.Node], *, joined: bool) -> dict[str, Any]:
    """The figures of each node, and what is red because a partner told. Raises NodeFailed."""
    with ThreadPoolExecutor(len(nodes)) as pool:
        found = list(pool.map(_asked, nodes))
    rows = [figures for figures, _ in found]
    because = [one for _, told in found for one in told]
    crossed = all(row["alerts_sent"] and row["alerts_received"] for row in rows)
    judged = all(row["assessed"] and row["ledger"] for row in rows)
    return {"nodes": rows, "because_of_partner": because, "ok": judged and crossed is joined}


def words(said: dict[str, Any]) -> str:
    """The report for a terminal."""
    lines = [
        f"{row['administration']}: {row['declarations']} declarations, {row['assessed']} assessed,"
        f" {row['lanes'].get('red', 0)} red, {row['alerts_sent']} alerts sent,"
        f" {row['alerts_received']} received"
        for row in said["nodes"]
    ]
    lines.append(f"red because a partner told: {len(said['because_of_partner'])}")
    lines += [
        f"  {one['at']} {one['reference']}, told by {one['from']}"
        for one in said["because_of_partner"]
    ]
    return "\n".join(lines)


def guide(nodes: list[processes.Node], home: homes.Home) -> str:
    """Where a visitor looks, and how to sign in."""
    passwords = home.sign_ins()
    lines = ["", "Open a node in your browser and sign in:"]
    for node in nodes:
        lines.append(f"  {node.url}/  {node.country.administration} ({node.country.name})")
        lines += [
            f"      {name:<11} {passwords[f'{node.code}:{name}']}" for name in founding.PEOPLE
        ]
    lines += [
        f"The sign-ins are in {home.path / homes.SIGN_INS} too.",
        "",
        "Look first at:",
        f"  {nodes[1].url}/  as officer: the workbench fills while the play goes on; the ring's",
        "      consignments turn red a few days after Arvenia opened the first box",
        f"  {nodes[1].url}/exchange/  as liaison: the alerts that crossed the border, each with",
        "      its permit, receipt and place in the log",
        f"  {nodes[0].url}/agreements/  as liaison: what may be told to whom, in sentences",
        f"  {nodes[1].url}/people/  as admin, {nodes[1].url}/audit/  as auditor",
        "Ctrl-C ends everything; the same command goes on from here.",
        "",
    ]
    return "\n".join(lines)


def _asked(node: processes.Node) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    asked = (
        ("declarations", "list", "--limit", EVERYTHING),
        ("exchange", "status"),
        ("exchange", "inbox", "--limit", EVERYTHING),
        ("ledger", "verify"),
        ("risk", "because-of-partner"),
    )
    declarations, status, came, log, told = node.commands([processes.Asked(one) for one in asked])
    lanes = Counter(row["lane"] for row in declarations if row["lane"])
    sent = status["messages"]
    figures = {
        "administration": node.code,
        "declarations": len(declarations),
        "assessed": sum(lanes.values()),
        "lanes": {lane: lanes[lane] for lane in ("green", "yellow", "red")},
        "alerts_sent": sum(row["type"] == ALERT and row["state"] == "delivered" for row in sent),
        "alerts_received": sum(row["type"] == ALERT for row in came),
        "log_size": log["size"],
        "ledger": log["ok"],
    }
    because = [
        {**one, "at": node.code, "since": one["at"]}
        for one in told
        if one["alone"]  # it would not be red without this one message
    ]
    return figures, because
