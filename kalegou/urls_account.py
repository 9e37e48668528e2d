"""Addresses of what a member hears of, and of finding an order, under /kalegou/."""

from __future__ import annotations

from django.urls import path

from kalegou.views import finding, notices

urlpatterns = [
    path("find-order/", finding.find, name="find_order"),
    path("find-order/code/", finding.enter_code, name="find_order_code"),
    path("account/notices/choices/", notices.choices, name="notice_choices"),
    path("account/notices/address/", notices.address, name="notice_address"),
]
