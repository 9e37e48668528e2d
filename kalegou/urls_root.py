"""Every address of the shop, under one namespace: the front page and what lies below /kalegou/."""

from __future__ import annotations

from django.urls import include, path

from kalegou import urls
from kalegou.views import pwa
from kalegou.views.home import home

app_name = "kalegou"
urlpatterns = [
    path("", home, name="home"),
    # At the root, so that the worker may look after the front page, too.
    path("worker.js", pwa.worker, name="worker"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("kalegou/", include(urls.urlpatterns)),
]
