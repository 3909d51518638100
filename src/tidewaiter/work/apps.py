"""The room `work` as a Django app."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.work"
    label = "work"

    def ready(self) -> None:
        """Take a place in the menu."""
        from tidewaiter.web import menu

        menu.register("work.jobs", "tidewaiter.work.panels.JOBS")
        menu.register("work.tasks", "tidewaiter.work.panels.TASKS")
