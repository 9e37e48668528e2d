"""Every address of the shop, under one namespace: the front page and what lies below /kalegou/."""

from __future__ import annotations

from django.urls import include, path

from kalegou import urls
from kalegou.views.home import home

app_name = "kalegou"
urlpatterns = [
    path("", home, name="home"),
    path("kalegou/", include(urls.urlpatterns)),
]
