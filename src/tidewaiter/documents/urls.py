"""Addresses of the declarations' screens."""

from django.urls import path

from tidewaiter.documents import views

app_name = "documents"
urlpatterns = [
    path("declarations/", views.index, name="index"),
    path("declarations/lodge/", views.lodge, name="lodge"),
    path("declarations/<str:reference>", views.declaration, name="declaration"),
    path("declarations/<str:reference>/source/<int:number>", views.source, name="source"),
    path("declarations/<str:reference>/tell", views.tell, name="tell"),
    path("declarations/<str:reference>/as/<str:form>", views.written, name="written"),
]
