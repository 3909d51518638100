"""The addresses of the design system: its files, its components, the choice of light or dark."""

from django.urls import path

from tidewaiter.web import views

app_name = "web"
urlpatterns = [
    path("-/assets/<str:name>", views.asset, name="asset"),
    path("-/components", views.components, name="components"),
    path("-/theme", views.theme, name="theme"),
]
