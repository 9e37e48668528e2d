"""Addresses under /api/v1/upstream/. The protocol's have no slash at the end."""

from __future__ import annotations

from django.urls import path, re_path

from kameng.docking import views

urlpatterns = [
    path("ping", views.ping),
    path("categories", views.categories),
    path("products", views.products),
    path("products/<int:product_id>", views.product),
    path("orders", views.create_order),
    path("orders/<int:order_id>", views.order),
    path("orders/<int:order_id>/cancel", views.cancel),
    re_path("", views.not_found),
]
