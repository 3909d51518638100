"""The addresses of the exchange: a partner's endpoints, and the screens."""

from django.urls import path

from tidewaiter.exchange import views
from tidewaiter.exchange.screens import views as screens

app_name = "exchange"
urlpatterns = [
    path("exchange/v1/messages", views.take, name="take"),
    path(".well-known/tidewaiter/node.json", views.document, name="document"),
    path(".well-known/tidewaiter/schemas/<str:name>.json", views.schema, name="schema"),
    path("exchange/", screens.messages, name="messages"),
    path("exchange/<uuid:id>/", screens.message, name="message"),
    path("exchange/<uuid:id>/release", screens.release, name="release"),
    path("partners/", screens.partners, name="partners"),
    path("partners/<str:administration>/<str:act>", screens.move_partner, name="move-partner"),
]
