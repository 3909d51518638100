"""The room `assistance` as a Django app."""

from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.assistance"
    label = "assistance"

    def ready(self) -> None:
        """Fill the registries of the rooms below; nothing is imported yet."""
        from tidewaiter.exchange import types
        from tidewaiter.exchange.forgetting import registry as forgetting
        from tidewaiter.web import menu, panels
        from tidewaiter.work import jobs, kinds, schedules

        for name, constant in (
            ("request.query.v1", "QUERY"),
            ("reply.query.v1", "REPLY_QUERY"),
            ("request.assistance.v1", "ASSISTANCE"),
            ("reply.assistance.v1", "REPLY_ASSISTANCE"),
        ):
            types.register(f"{types.PREFIX}{name}", f"tidewaiter.assistance.messages.{constant}")
        forgetting.register("assistance", "tidewaiter.assistance.forgetting.actions.FORGETTER")
        for job in ("answer", "lapse"):
            jobs.register(f"assistance.{job}", f"tidewaiter.assistance.jobs.{job}")
        schedules.register("assistance.lapse", "tidewaiter.assistance.jobs.LAPSE")
        kinds.register("assistance.answer", "tidewaiter.assistance.panels.ANSWER")
        kinds.register("assistance.answered", "tidewaiter.assistance.panels.ANSWERED")
        menu.register("requests", "tidewaiter.assistance.panels.MENU")
        panels.register("message", "assistance", "tidewaiter.assistance.panels.message", order=30)
