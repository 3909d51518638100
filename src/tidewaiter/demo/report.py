"""What a played demo comes to, asked of the nodes themselves; and where a visitor looks first."""

from typing import Any

from tidewaiter.demo import founding, homes, processes


def make(nodes: list[processes.Node]) -> dict[str, Any]:
    """The figures of each node, and what is red because a partner told. Raises NodeFailed."""
    rows, because = [], []
    for node in nodes:
        rows.append(_figures(node))
        for one in node.command("risk", "because-of-partner"):
            because.append({"at": node.code, **one})
    alerts = all(row["alerts_sent"] and row["alerts_received"] for row in rows)
    joined = any(row["partners"] for row in rows)
    ok = all(row["assessed"] == row["declarations"] > 0 for row in rows) and (alerts or not joined)
    return {"nodes": rows, "because_of_partner": because, "ok": ok}


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


def _figures(node: processes.Node) -> dict[str, Any]:
    figures = node.command("node", "figures")
    return {"administration": node.code, **figures}
