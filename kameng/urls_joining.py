"""Addresses under /kameng/ of joining and support: applying, papers, inviting, marketing."""

from __future__ import annotations

from django.urls import path

from kameng.views import announcements, applying, documents, home, identity, inviting, marketing

joining_patterns = [
    path("invite/", inviting.invite, name="invite"),
    path("invite/new/", inviting.new_link, name="new_link"),
    path("invite/applicants/", inviting.invited, name="invited"),
    path("invite/<slug:code>/", inviting.invite_link, name="invite_link"),
    path("invite/<slug:code>/change/", inviting.change_link, name="change_link"),
    path("invite/<slug:code>/switch/", inviting.switch_link, name="switch_link"),
    path("invite/<slug:code>/qr.png", inviting.invite_qr, {"kind": "png"}, name="invite_png"),
    path("invite/<slug:code>/qr.svg", inviting.invite_qr, {"kind": "svg"}, name="invite_svg"),
    path("marketing/", marketing.marketing, name="marketing"),
    path("marketing/<int:pk>.png", marketing.poster, name="poster"),
    path("announcements/", announcements.announcements, name="announcements"),
    path("announcements/read/", announcements.read_all, name="read_announcements"),
    path("announcements/<int:pk>/", announcements.announcement, name="announcement"),
    path("announcements/<int:pk>/confirm/", announcements.confirm, name="confirm_announcement"),
    path("checklist/dismiss/", home.dismiss_checklist, name="dismiss_checklist"),
    path("identity/", identity.identity, name="identity"),
    path("apply/", applying.apply, name="apply"),
    path("apply/<slug:invite_code>/", applying.apply, name="apply_invited"),
    path("application/", applying.application, name="application"),
    path("application/<int:pk>/withdraw/", applying.withdraw, name="withdraw_application"),
    path("documents/<int:pk>/", documents.document, name="document"),
]
