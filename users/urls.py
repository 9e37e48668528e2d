"""Addresses under /account/."""

from __future__ import annotations

from django.urls import path

from users import views

app_name = "users"
urlpatterns = [
    path("login/", views.LogInView.as_view(), name="login"),
    path("logout/", views.LogOutView.as_view(), name="logout"),
    path("logged-out/", views.logged_out, name="logged_out"),
    path("signup/", views.sign_up, name="signup"),
    path("mail/<str:token>/", views.confirm_address, name="confirm_address"),
    path("password/", views.change_password, name="password"),
]
