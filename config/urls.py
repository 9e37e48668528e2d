"""Every address of the site, as fixed by the contract."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config.health import healthz
from ui.views import set_theme

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kalegou.urls_root")),
    path("kameng/", include("kameng.urls")),
    path("api/", include("kameng.api.urls")),
    path("account/", include("users.urls")),
    path("callbacks/suppliers/", include("orders.urls_callbacks")),
    path("callbacks/payments/", include("payments.urls_callbacks")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("theme/", set_theme, name="theme"),
    path("admin/", admin.site.urls),
    path("healthz/", healthz, name="healthz"),
]

handler400 = "config.refusals.bad_request"

if settings.DEVELOPMENT:
    urlpatterns.append(path("_design/", include("ui.urls")))
