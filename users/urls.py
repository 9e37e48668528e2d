"""Addresses under /account/."""

from __future__ import annotations

from django.urls import path

from users.views import codes, logging_in, passwords

app_name = "users"
urlpatterns = [
    path("login/", logging_in.LogInView.as_view(), name="login"),
    path("login/code/", codes.log_in_by_code, name="log_in_by_code"),
    path("login/code/enter/", codes.enter_code, name="code"),
    path("logout/", logging_in.LogOutView.as_view(), name="logout"),
    path("logged-out/", logging_in.logged_out, name="logged_out"),
    path("signup/", logging_in.sign_up, name="signup"),
    path("mail/<str:token>/", passwords.confirm_address, name="confirm_address"),
    path("password/", passwords.change_password, name="password"),
    path("password/new/", passwords.new_password, name="new_password"),
    path("password/new/code/", passwords.choose_password, name="choose_password"),
    path("test-phone/", codes.test_phone, name="test_phone"),
]
