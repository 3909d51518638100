"""The addresses of controls."""

from django.urls import path

from tidewaiter.controls import views

app_name = "controls"
urlpatterns = [
    path("inspections/", views.index, name="index"),
    path("inspections/release", views.release_many, name="release-many"),
    path("inspections/<str:reference>/", views.inspect, name="inspect"),
    path("inspections/<str:reference>/assign", views.assign, name="assign"),
    path("inspections/<str:reference>/seize", views.seize, name="seize"),
    path("inspections/<str:reference>/release", views.release, name="release"),
    path(
        "inspections/<str:reference>/photographs/<str:sha256>", views.photograph, name="photograph"
    ),
]
