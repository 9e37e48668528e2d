"""Where people are logged in: remembered at log-in, seen now and then, ended by or for them."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from users import audit
from users.addresses import client_address
from users.browsers import browser_of
from users.models import Device, User
from users.security_notices import tell_of_security

BROWSER_COOKIE = "browser"
BROWSER_COOKIE_SECONDS = 2 * 365 * 24 * 3600
SEEN_EVERY_SECONDS = 300
KEPT_FOR = timedelta(days=365)
# In the session: the device's row, the session's key when it was last written down, and when the
# device was last seen; when the person last proved who they are.
DEVICE, KEY, SEEN, CONFIRMED = "device", "device_key", "device_seen", "confirmed_at"


def remember(request: HttpRequest, person: User) -> None:
    """Write down a log-in of this request's session; tell of a browser that we don't know.

    The first one of a person is no news. Runs when somebody logs in, through whichever door.
    """
    request.session[CONFIRMED] = int(time.time())
    if not request.META:  # no browser: a program logs somebody in
        return
    if not request.session.session_key:
        request.session.create()
    token = request.COOKIES.get(BROWSER_COOKIE) or secrets.token_urlsafe(24)
    request.browser_token = token  # type: ignore[attr-defined]  # the middleware sets the cookie
    browser = hashlib.sha256(token[:200].encode()).hexdigest()
    with transaction.atomic():
        known = Device.objects.filter(user=person)
        is_news = not known.filter(browser=browser).exists() and known.exists()
        device = Device.objects.create(
            user=person,
            session_key=request.session.session_key or "",
            browser=browser,
            user_agent=request.headers.get("User-Agent", "")[:200],
            address=client_address(request) or None,
            last_seen_at=timezone.now(),
        )
        if is_news:
            tell_of_security(
                person,
                "new_device",
                browser=browser_of(device.user_agent),
                address=device.address or "—",
            )
    request.session[DEVICE] = device.pk
    request.session[KEY] = request.session.session_key
    request.session[SEEN] = int(time.time())


def see(request: HttpRequest) -> None:
    """Note that a device is there, once in five minutes; follow its session to a new key."""
    session = request.session
    now = int(time.time())
    if session.session_key == session.get(KEY) and now - session.get(SEEN, 0) < SEEN_EVERY_SECONDS:
        return
    Device.objects.filter(pk=session[DEVICE], ended_at=None).update(
        last_seen_at=timezone.now(),
        session_key=session.session_key or "",
        address=client_address(request) or None,
    )
    session[KEY], session[SEEN] = session.session_key, now


def devices_of(person: User) -> QuerySet[Device]:
    """Where the person is logged in now, the latest seen first."""
    alive = Session.objects.filter(
        session_key=OuterRef("session_key"), expire_date__gt=timezone.now()
    )
    return Device.objects.filter(Exists(alive), user=person, ended_at=None).order_by(
        "-last_seen_at"
    )


@transaction.atomic
def end_one(*, person: User, device_id: int) -> bool:
    """Log one device out; False when it isn't theirs, or was ended before. Audited."""
    ended = _end(Device.objects.filter(user=person, pk=device_id))
    if ended:
        audit.record(
            actor=person, action="end_device", target=f"user:{person.pk}", device=device_id
        )
    return bool(ended)


@transaction.atomic
def end_others(*, person: User, keep: int | None) -> int:
    """Log out every device but one; return how many. Audited."""
    others = Device.objects.filter(user=person)
    ended = _end(others if keep is None else others.exclude(pk=keep))
    if ended:
        audit.record(actor=person, action="end_devices", target=f"user:{person.pk}", count=ended)
    return ended


def end_all(*, person: User) -> int:
    """Log a person out everywhere; return of how many devices. Runs in the caller's transaction,
    which tells why."""
    return _end(Device.objects.filter(user=person))


def gone(device_id: int) -> None:
    """Somebody logged out there, or as somebody else in the same browser."""
    Device.objects.filter(pk=device_id, ended_at=None).update(ended_at=timezone.now())


def _end(devices: QuerySet[Device]) -> int:
    """The rows at once, the sessions once that is certain."""
    rows = list(devices.filter(ended_at=None).select_for_update().values_list("pk", "session_key"))
    Device.objects.filter(pk__in=[pk for pk, _key in rows]).update(ended_at=timezone.now())
    transaction.on_commit(lambda: _end_sessions(key for _pk, key in rows if key))
    return len(rows)


def _end_sessions(keys: Iterable[str]) -> None:
    """In the database and in the store. A request that is under way there can't bring its session
    back: saving one that is gone is refused."""
    engine: Any = import_module(settings.SESSION_ENGINE)
    for key in keys:
        engine.SessionStore(key).delete(key)


def forget_old_devices(*, batch: int = 5000) -> int:
    """Delete the oldest that weren't seen for a year; return how many."""
    old = Device.objects.filter(last_seen_at__lt=timezone.now() - KEPT_FOR)
    ids = list(old.order_by("last_seen_at").values_list("pk", flat=True)[:batch])
    went, _rows = Device.objects.filter(pk__in=ids).delete()
    return went
