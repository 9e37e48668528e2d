"""Addresses of numbers and monthly top-ups."""

from __future__ import annotations

from django.urls import path

from kalegou.views import numbers, plans, topup

urlpatterns = [
    path("topup/", topup.topup, name="topup"),
    path("topup/amounts/", topup.amounts, name="topup_amounts"),
    path("topup/recent/clear/", topup.clear_recent, name="topup_clear_recent"),
    path("account/numbers/", numbers.numbers, name="numbers"),
    path("account/monthly/", plans.plans, name="plans"),
    path("account/monthly/new/", plans.new_plan, name="new_plan"),
    path("account/monthly/<int:pk>/", plans.plan, name="plan"),
    path("account/monthly/<int:pk>/change/", plans.change_plan, name="change_plan"),
]
