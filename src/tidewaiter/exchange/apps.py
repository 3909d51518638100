"""The room `exchange` as a Django app."""

from django.apps import AppConfig

COSIGNED = (
    "tidewaiter.exchange.witnessing.actions.pushed",
    "tidewaiter.exchange.witnessing.following.under",
)


class ExchangeConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Say what machines do for this room, and where it stands in the menu."""
        from tidewaiter.agreements import listeners
        from tidewaiter.exchange import types
        from tidewaiter.ledger import papers
        from tidewaiter.ledger.witnessing import listeners as cosigned
        from tidewaiter.web import banners, menu, panels
        from tidewaiter.work import jobs, kinds, schedules

        slow = jobs.Lane.SLOW

        listeners.register("exchange.key", "tidewaiter.exchange.treaties.actions.signed")
        jobs.register("exchange.seal", "tidewaiter.exchange.jobs.seal")
        jobs.register("exchange.deliver", "tidewaiter.exchange.jobs.deliver", slow)
        jobs.register("exchange.handle", "tidewaiter.exchange.jobs.handle")
        jobs.register("exchange.ask", "tidewaiter.exchange.jobs.ask")
        jobs.register("exchange.resend", "tidewaiter.exchange.jobs.resend")
        jobs.register("exchange.unlock", "tidewaiter.exchange.jobs.unlock")
        jobs.register("exchange.tidy", "tidewaiter.exchange.jobs.tidy")
        jobs.register("exchange.rejoin", "tidewaiter.exchange.restoring.jobs.rejoin", slow)
        jobs.register("exchange.void", "tidewaiter.exchange.restoring.jobs.void")
        jobs.register("exchange.collect", "tidewaiter.exchange.collecting.jobs.collect", slow)
        jobs.register("exchange.upload", "tidewaiter.exchange.attachments.jobs.upload", slow)
        jobs.register("exchange.unpack", "tidewaiter.exchange.attachments.jobs.unpack")
        jobs.register("exchange.tidy-attachments", "tidewaiter.exchange.attachments.jobs.tidy")
        schedules.register("exchange.tidy-attachments", "tidewaiter.exchange.attachments.jobs.TIDY")
        jobs.register("exchange.bring", "tidewaiter.exchange.bundling.jobs.bring")
        jobs.register("exchange.tidy-bundles", "tidewaiter.exchange.bundling.jobs.tidy")
        schedules.register("exchange.tidy-bundles", "tidewaiter.exchange.bundling.jobs.TIDY")
        schedules.register("exchange.tidy", "tidewaiter.exchange.jobs.TIDY")
        jobs.register("exchange.witness", "tidewaiter.exchange.witnessing.jobs.witness", slow)
        cosigned.register("exchange.witness", *COSIGNED)
        jobs.register("exchange.witness-all", "tidewaiter.exchange.witnessing.jobs.witness_all")
        schedules.register("exchange.witness", "tidewaiter.exchange.witnessing.jobs.ROUNDS")
        jobs.register("exchange.onward", "tidewaiter.exchange.onward.jobs.decided")
        jobs.register("exchange.retention", "tidewaiter.exchange.forgetting.jobs.run", slow)
        jobs.register("exchange.wished", "tidewaiter.exchange.forgetting.jobs.wished")
        schedules.register("exchange.retention", "tidewaiter.exchange.forgetting.jobs.DAILY")
        types.register(
            "org.tidewaiter.obligation.deletion.v1",
            "tidewaiter.exchange.obligations.messages.DELETION",
        )
        types.register(
            "org.tidewaiter.obligation.onward.v1",
            "tidewaiter.exchange.obligations.messages.ONWARD",
        )
        for kind in ("report", "to-delete", "deleted", "to-consent", "consented"):
            constant = kind.replace("-", "_").upper()
            kinds.register(f"exchange.{kind}", f"tidewaiter.exchange.obligations.panels.{constant}")
        panels.register(
            "agreement", "exchange", "tidewaiter.exchange.treaties.panels.agreement", order=10
        )
        banners.register("restoring", "tidewaiter.exchange.restoring.panels.banner")
        panels.register("alarm", "exchange", "tidewaiter.exchange.auditing.panels.alarm", order=10)
        menu.register("exchange", "tidewaiter.exchange.panels.MENU")
        menu.register("partners", "tidewaiter.exchange.panels.PARTNERS")
        menu.register("exchange-audit", "tidewaiter.exchange.auditing.panels.MENU")
        papers.register("exchange.message", "tidewaiter.exchange.proving.queries.message")
        papers.register("exchange.node", "tidewaiter.exchange.proving.queries.node_document")
        papers.documents.register("exchange", "tidewaiter.exchange.proving.queries.documents")
