"""Every address of a node: its own, each room's `urls`, then the REST API."""

from importlib.util import find_spec
from typing import Final

from django.urls import URLPattern, URLResolver, include, path

from tidewaiter.node import api, views

ROOMS: Final = (
    "web",
    "identity",
    "keys",
    "work",
    "ledger",
    "agreements",
    "exchange",
    "documents",
    "controls",
    "risk",
    "assistance",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("api/v1/openapi.json", views.openapi, name="openapi"),
    path("api/v1/", api.urls),
    *(
        path("", include(f"tidewaiter.{room}.urls"))
        for room in ROOMS
        if find_spec(f"tidewaiter.{room}.urls") is not None
    ),
]

handler400 = "tidewaiter.web.views.bad_request"
handler403 = "tidewaiter.web.views.forbidden"
handler404 = "tidewaiter.web.views.not_found"
handler500 = "tidewaiter.web.views.failed"
