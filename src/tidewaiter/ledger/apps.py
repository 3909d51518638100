"""The room `ledger` as a Django app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Have the log's head signed in the background, and take a place in the menu."""
        from tidewaiter.ledger import papers
        from tidewaiter.web import banners, menu
        from tidewaiter.work import jobs, kinds, schedules

        jobs.register("ledger.publish", "tidewaiter.ledger.jobs.publish", jobs.Lane.PROMPT)
        jobs.register("ledger.audit", "tidewaiter.ledger.jobs.audit")
        schedules.register("ledger.audit", "tidewaiter.ledger.jobs.AUDIT")
        schedules.register("ledger.publish", "tidewaiter.ledger.jobs.PUBLISH")
        kinds.register("ledger.alarm", "tidewaiter.ledger.panels.ALARM")
        menu.register("ledger", "tidewaiter.ledger.panels.MENU")
        banners.register("ledger.alarms", "tidewaiter.ledger.screens.panels.alarms")
        papers.register("ledger.audit", "tidewaiter.ledger.finding.audit_day")
        papers.register("ledger.entry", "tidewaiter.ledger.finding.entry")
