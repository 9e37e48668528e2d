"""Addresses under /account/."""

from __future__ import annotations

from django.urls import path

from users.views import codes, confirming, logging_in, own_data, passwords, second_factor, security

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
    path("security/", security.security, name="security"),
    path("security/devices/<int:pk>/end/", security.end_device, name="end_device"),
    path("security/devices/end/", security.end_others, name="end_others"),
    path("data/", own_data.export, name="export"),
    path("close/", own_data.close, name="close"),
    path("confirm/", confirming.confirm, name="confirm"),
    path("second-step/", second_factor.second_step, name="second_factor"),
    path("second-step/set-up/", second_factor.set_up, name="set_up_second_factor"),
    path("second-step/codes/", second_factor.renew_codes, name="renew_recovery_codes"),
    path("second-step/off/", second_factor.switch_off, name="switch_off_second_factor"),
    path("test-phone/", codes.test_phone, name="test_phone"),
]
