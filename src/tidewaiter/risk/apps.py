"""The room `risk` as a Django app."""

from django.apps import AppConfig


class RiskConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.risk"
    label = "risk"

    def ready(self) -> None:
        """Fill the registries of the rooms below; nothing is imported yet."""
        from tidewaiter.controls import registries as controls
        from tidewaiter.documents import registries as documents
        from tidewaiter.exchange import types
        from tidewaiter.exchange.forgetting import registry as forgetting
        from tidewaiter.web import menu, panels
        from tidewaiter.work import jobs, kinds, schedules

        documents.judges.register("risk", "tidewaiter.risk.actions.judge")
        documents.wordings.register("risk", "tidewaiter.risk.queries.wordings")
        controls.findings.register("risk", "tidewaiter.risk.findings.learn_of")
        controls.results.register("risk", "tidewaiter.risk.messages.raise_signals")
        controls.tellers.register("risk", "tidewaiter.risk.partners.actions.TELLER")
        forgetting.register("risk", "tidewaiter.risk.partners.actions.FORGETTER")
        for name, constant in (
            ("alert.shipment.v1", "SHIPMENT"),
            ("alert.correction.v1", "CORRECTION"),
            ("alert.feedback.v1", "FEEDBACK"),
            ("seizure.report.v1", "SEIZURE"),
        ):
            types.register(f"{types.PREFIX}{name}", f"tidewaiter.risk.messages.{constant}")
        for job in ("follow", "recut", "norms", "warned", "corrected"):
            jobs.register(f"risk.{job}", f"tidewaiter.risk.jobs.{job}")
        schedules.register("risk.norms", "tidewaiter.risk.jobs.NORMS")
        for kind in ("withdrawn", "amended", "acted"):
            kinds.register(f"risk.{kind}", f"tidewaiter.risk.panels.{kind.upper()}")
        menu.register("workbench", "tidewaiter.risk.panels.WORKBENCH")
        menu.register("alerts", "tidewaiter.risk.panels.ALERTS")
        panels.register("consignment", "risk.why", "tidewaiter.risk.panels.why", order=10)
        panels.register("consignment", "risk.partners", "tidewaiter.risk.panels.partners", order=20)
        panels.register("consignment-below", "risk.may", "tidewaiter.risk.panels.sendable")
        panels.register("message", "risk", "tidewaiter.risk.panels.message", order=20)
        panels.register("consignment-beside", "risk.next", "tidewaiter.risk.panels.next_steps")
