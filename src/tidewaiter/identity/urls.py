"""The addresses of signing in, of people, offices and tokens, and of the read-audit."""

from django.urls import path

from tidewaiter.identity import views

app_name = "identity"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("language/", views.language, name="language"),
    path("people/", views.people, name="people"),
    path("people/new/", views.new_person, name="new-person"),
    path("people/tokens/<int:number>/revoke/", views.revoke_token, name="revoke-token"),
    path("people/offices/", views.offices, name="offices"),
    path("people/<str:name>/", views.one_person, name="person"),
    path("people/<str:name>/roles/", views.assign, name="assign"),
    path("people/<str:name>/password/", views.password, name="password"),
    path("people/<str:name>/token/", views.add_token, name="add-token"),
    path("people/<str:name>/disable/", views.disable, name="disable"),
    path("people/<str:name>/enable/", views.enable, name="enable"),
    path("audit/", views.audit, name="audit"),
]
