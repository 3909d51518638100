"""The addresses of agreements."""

from django.urls import path

from tidewaiter.agreements import views

app_name = "agreements"
urlpatterns = [
    path("agreements/", views.index, name="index"),
    path("agreements/register", views.register, name="register"),
    path("agreements/<str:digest>", views.agreement, name="agreement"),
    path("agreements/<str:digest>/sign", views.sign, name="sign"),
    path("agreements/<str:digest>/document", views.document, name="document"),
]
