"""Addresses under /kalegou/ (their namespace is kalegou.urls_root's)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from kalegou.views import (
    account,
    checkout,
    contacts,
    coupons,
    exchange,
    help_page,
    inbox,
    membership,
    orders,
    product,
    products,
    pwa,
    service_page,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kalegou.urls_aftersale")),
    path("", RedirectView.as_view(pattern_name="kalegou:home"), name="root"),
    path("", include("kalegou.urls_topup")),
    path("products/", products.products, name="products"),
    path("search/", products.suggestions, name="suggestions"),
    path("products/<slug:code>/", product.product, name="product"),
    path("products/<slug:code>/total/", product.total, name="product_total"),
    path("products/<slug:code>/wish/", product.wish, name="product_wish"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<slug:order_no>/", orders.order, name="order"),
    path("orders/<slug:order_no>/live/", orders.live, name="order_live"),
    path("orders/<slug:order_no>/pay/", orders.pay, name="order_pay"),
    path("orders/<slug:order_no>/cancel/", orders.cancel, name="order_cancel"),
    path("orders/<slug:order_no>/codes/", orders.codes, name="order_codes"),
    path("orders/<slug:order_no>/codes.txt", orders.codes_file, name="order_codes_file"),
    path("orders/<slug:order_no>/contact/", contacts.add_contact, name="order_contact"),
    path("orders/<slug:order_no>/again/", orders.again, name="order_again"),
    path("", include("kalegou.urls_account")),
    path("account/", account.account, name="account"),
    path("account/wallet/", account.wallet, name="wallet"),
    path("account/points/", membership.points, name="points"),
    path("exchange/", exchange.shelf, name="exchange"),
    path("exchange/<int:pk>/", exchange.item, name="exchange_item"),
    path("account/inbox/", inbox.inbox, name="inbox"),
    path("account/inbox/read/", inbox.read_all, name="inbox_read"),
    path("account/inbox/<int:pk>/", inbox.notice, name="inbox_notice"),
    path("account/level/", membership.level, name="level"),
    path("account/coupons/", coupons.coupons, name="coupons"),
    path("promises/", service_page.service_page, name="service"),
    path("offline/", pwa.offline, name="offline"),
    path("help/", help_page.help_page, name="help"),
]
