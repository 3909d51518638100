"""Where the keys are shown."""

from django.urls import path

from tidewaiter.keys import views

app_name = "keys"
urlpatterns = [path("keys/", views.index, name="index")]
