"""Where the log is: for partners and auditors under `/tlog/`, for people under `/ledger/`."""

from django.urls import path

from tidewaiter.ledger import views
from tidewaiter.ledger.proving import views as proving
from tidewaiter.ledger.screens import views as screens
from tidewaiter.ledger.witnessing import views as witnessing

app_name = "ledger"
urlpatterns = [
    path("tlog/checkpoint", views.checkpoint, name="checkpoint"),
    path("ledger/", views.index, name="index"),
    path("ledger/<int:index>/", views.entry, name="entry"),
    path("ledger/alarms/", screens.alarms, name="alarms"),
    path("ledger/alarms/<int:number>/", screens.alarm, name="alarm"),
    path("ledger/alarms/<int:number>/seen", screens.acknowledge, name="acknowledge"),
    path("ledger/alarms/<int:number>/<str:side>", screens.evidence, name="alarm-note"),
    path("ledger/proofs/<str:reference>", proving.document, name="proof"),
    path("verify/", proving.verify, name="verify"),
    path("tlog/tile/<path:address>", views.tile, name="tile"),
    path("witness/add-checkpoint", witnessing.add_checkpoint, name="add-checkpoint"),
    path("witness/add-entries", witnessing.add_entries, name="add-entries"),
    path("witness/checkpoints", witnessing.checkpoints, name="cosigned"),
    path("witness/tlog/<str:digest>/checkpoint", witnessing.mirror, name="mirror"),
    path(
        "witness/tlog/<str:digest>/tile/<path:address>", witnessing.mirror_tile, name="mirror-tile"
    ),
]
