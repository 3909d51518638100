"""Where the log is: for partners and auditors under `/tlog/`, for people under `/ledger/`."""

from django.urls import path

from tidewaiter.ledger import views

app_name = "ledger"
urlpatterns = [
    path("tlog/checkpoint", views.checkpoint, name="checkpoint"),
    path("ledger/", views.index, name="index"),
    path("ledger/<int:index>/", views.entry, name="entry"),
    path("tlog/tile/<path:address>", views.tile, name="tile"),
]
