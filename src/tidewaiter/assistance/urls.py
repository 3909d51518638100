"""The addresses of assistance."""

from django.urls import path

from tidewaiter.assistance import views

app_name = "assistance"
urlpatterns = [
    path("requests/", views.index, name="index"),
    path("requests/new/<str:kind>/", views.new, name="new"),
    path("requests/<uuid:id>/", views.shown, name="request"),
    path("requests/<uuid:id>/reply", views.reply, name="reply"),
    path("requests/<uuid:id>/records", views.records, name="records"),
]
