"""Addresses of the room `work`."""

from typing import Final

from django.urls import path

from tidewaiter.work import views

app_name: Final = "work"
urlpatterns = [
    path("work/", views.jobs, name="jobs"),
    path("work/<int:job>/retry/", views.retry, name="retry"),
    path("tasks/", views.tasks, name="tasks"),
    path("tasks/<int:task>/end/", views.end, name="end"),
]
