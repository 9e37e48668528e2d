"""The style guide; only mounted in development."""

from __future__ import annotations

from django.urls import path, re_path

from ui import views

app_name = "ui"
urlpatterns = [
    path("", views.design_index, name="design_index"),
    re_path(r"^(?P<brand>retail|wholesale)/$", views.design, name="design"),
]
