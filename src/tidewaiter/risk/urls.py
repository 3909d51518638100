"""The addresses of risk."""

from django.urls import path

from tidewaiter.risk import views

app_name = "risk"
urlpatterns = [
    path("", views.bench, name="workbench"),
    path("declarations/<str:reference>/lane", views.decide, name="decide"),
    path("declarations/<str:reference>/alert", views.send, name="send"),
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/<str:alert>/feedback", views.feedback, name="feedback"),
    path("alerts/<str:alert>/withdraw", views.withdraw, name="withdraw"),
]
