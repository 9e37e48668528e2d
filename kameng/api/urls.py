"""Addresses under /api/. Those of v1 have no slash at the end, as the contract says."""

from __future__ import annotations

from django.urls import include, path, re_path

from kameng.api import batch_views, feed_views, views
from kameng.api.problems import not_found
from kameng.api.reference_views import docs, openapi

app_name = "api"
v1 = [
    path("account", views.AccountView.as_view(), name="account"),
    path("products", views.ProductsView.as_view(), name="products"),
    path("products/<str:code>", views.ProductView.as_view(), name="product"),
    path("changes", feed_views.ChangesView.as_view(), name="changes"),
    path("orders", views.OrdersView.as_view(), name="orders"),
    path("orders/<str:order_no>", views.OrderView.as_view(), name="order"),
    path("orders/<str:order_no>/cards", views.OrderCardsView.as_view(), name="order_cards"),
    path("batches", batch_views.BatchesView.as_view(), name="batches"),
    path("batches/<str:batch_no>", batch_views.BatchView.as_view(), name="batch"),
    path("statement", views.StatementView.as_view(), name="statement"),
]
urlpatterns = [
    path("v1/upstream/", include("kameng.docking.urls")),
    path("v1/", include(v1)),
    path("schema/", openapi, name="schema"),
    path("docs/", docs, name="docs"),
    re_path("", not_found),
]
