"""Addresses under /kameng/."""

from __future__ import annotations

from django.urls import path

from kameng.views import applying, buying, home, money, network, orders

app_name = "kameng"
urlpatterns = [
    path("", home.home, name="home"),
    path("more/", home.more, name="more"),
    path("products/", buying.catalogue, name="catalogue"),
    path("products/<slug:code>/", buying.product, name="product"),
    path("products/<slug:code>/quote/", buying.quote, name="quote"),
    path("products/<slug:code>/review/", buying.review, name="review"),
    path("products/<slug:code>/buy/", buying.buy, name="buy"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<slug:order_no>/", orders.order, name="order"),
    path("orders/<slug:order_no>/progress/", orders.progress, name="order_progress"),
    path("orders/<slug:order_no>/codes/", orders.codes, name="order_codes"),
    path("funds/", money.funds, name="funds"),
    path("funds/deposit/", money.deposit, name="deposit"),
    path("funds/deposit/result/", money.deposit_result, name="deposit_result"),
    path("commissions/", money.commissions, name="commissions"),
    path("downline/", network.downline, name="downline"),
    path("invite/", network.invite, name="invite"),
    path("apply/", applying.apply, name="apply"),
    path("apply/<slug:invite_code>/", applying.apply, name="apply_invited"),
    path("application/", applying.application, name="application"),
    path("application/<int:pk>/document/", applying.document, name="document"),
]
