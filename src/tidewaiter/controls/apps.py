"""The room `controls` as a Django app."""

from django.apps import AppConfig


class ControlsConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.controls"
    label = "controls"

    def ready(self) -> None:
        """Fill the registries of the rooms below; nothing is imported yet."""
        from tidewaiter.documents import registries
        from tidewaiter.exchange import types
        from tidewaiter.exchange.forgetting import registry as forgetting
        from tidewaiter.web import menu, panels
        from tidewaiter.work import kinds

        registries.outcomes.register("controls", "tidewaiter.controls.actions.keep_outcomes")
        types.register(
            "org.tidewaiter.control.result.v1", "tidewaiter.controls.theirs.messages.RESULT"
        )
        forgetting.register("controls", "tidewaiter.controls.theirs.actions.FORGETTER")
        kinds.register("controls.inspect", "tidewaiter.controls.panels.INSPECT")
        menu.register("inspections", "tidewaiter.controls.panels.MENU")
        panels.register(
            "consignment-below", "controls.theirs", "tidewaiter.controls.panels.theirs", order=20
        )
        panels.register("consignment-below", "controls", "tidewaiter.controls.panels.consignment")
