"""The addresses of the exchange: a partner's endpoints, and the screens."""

from django.urls import path

from tidewaiter.exchange import views
from tidewaiter.exchange.attachments import views as attachments
from tidewaiter.exchange.auditing import views as auditing
from tidewaiter.exchange.bundling import views as bundling
from tidewaiter.exchange.collecting import views as collecting
from tidewaiter.exchange.forgetting import views as forgetting
from tidewaiter.exchange.onward import views as onward
from tidewaiter.exchange.restoring import views as restoring
from tidewaiter.exchange.screens import views as screens
from tidewaiter.exchange.screens.partners import views as partners
from tidewaiter.exchange.treaties import views as treaties

app_name = "exchange"
urlpatterns = [
    path("exchange/v1/messages", views.take, name="take"),
    path("exchange/v1/collect", collecting.collect, name="collect"),
    path("exchange/v1/receipts", collecting.receipts, name="receipts"),
    path("exchange/v1/attachments/<str:sha256>", attachments.take, name="take-attachment"),
    path(".well-known/tidewaiter/node.json", views.document, name="document"),
    path(".well-known/tidewaiter/schemas/<str:name>.json", views.schema, name="schema"),
    path("exchange/", screens.messages, name="messages"),
    path("exchange/<uuid:id>/attachments/<int:number>", attachments.download, name="attachment"),
    path("exchange/audit/", auditing.audit, name="audit"),
    path("exchange/audit/<str:form>", auditing.download, name="audit-file"),
    path("exchange/<uuid:id>/", screens.message, name="message"),
    path("exchange/<uuid:id>/release", screens.release, name="release"),
    path("exchange/<uuid:id>/withdraw", screens.withdraw, name="withdraw"),
    path("exchange/<uuid:id>/deletion", forgetting.decide, name="decide-deletion"),
    path("exchange/<uuid:id>/onward", onward.decide, name="decide-onward"),
    path("exchange/partners/<str:administration>/", partners.partner, name="partner"),
    path("exchange/partners/<str:administration>/suspend", partners.suspend, name="suspend"),
    path("exchange/partners/<str:administration>/resume", partners.resume, name="resume"),
    path("exchange/partners/<str:administration>/document", partners.renew, name="renew"),
    path("exchange/partners/<str:administration>/log", restoring.pin_log, name="pin-log"),
    path("exchange/partners/<str:administration>/remove", partners.remove, name="remove"),
    path("exchange/partners/<str:administration>/bundle", bundling.export, name="bundle-out"),
    path("exchange/partners/<str:administration>/bundles", bundling.take, name="bundle-in"),
    path("partners/", partners.partners, name="partners"),
    path("partners/register", partners.register, name="register"),
    path("agreements/<str:digest>/propose", treaties.propose, name="propose-agreement"),
    path("agreements/<str:digest>/accept", treaties.accept, name="accept-agreement"),
    path("agreements/<str:digest>/notice/<str:act>", treaties.notice, name="agreement-notice"),
]
