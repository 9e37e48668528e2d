"""The style guide; only mounted in development."""

from __future__ import annotations

from django.urls import path, re_path

from ui import views
from ui.samples import PARTS

app_name = "ui"
urlpatterns = [
    path("", views.design_index, name="design_index"),
    re_path(
        rf"^(?P<brand>retail|wholesale)/(?P<part>{'|'.join(PARTS)})/$", views.design, name="design"
    ),
]
