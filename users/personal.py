"""What a person owns here: given to them as a file, and let go of when they close the account.

Each app that keeps something of people stands behind settings.PERSONAL_DATA with one `Keeping`.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from users import audit
from users.devices import end_all
from users.errors import PersonError
from users.models import (
    AuditLog,
    Device,
    Notice,
    NoticeChoice,
    OneTimeCode,
    OutgoingMail,
    OutgoingText,
    RecoveryCode,
    SecondFactor,
    User,
)

Rows = Iterable[Mapping[str, Any]]
_IN_MEMORY_BYTES = 2 * 1024 * 1024
_ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Keeping:
    """What one app keeps of a person.

    `tables` are the person's own rows by file name, without anybody's secrets. `obstacles` say why
    the account can't be closed yet; called with the person locked, and locks what it must. `forget`
    lets go of what needn't stay. The last two run inside the closing's transaction.
    """

    tables: Callable[[User], Mapping[str, Rows]]
    obstacles: Callable[[User], Iterable[str | Promise]]
    forget: Callable[[User], None]


class CannotClose(PersonError):
    """`reasons` are all that stands in the way."""

    code = "cannot_close"
    status = 409

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


def export(person: User) -> IO[bytes]:
    """Everything of a person as a ZIP of JSON files, read row by row. Audited."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115  (the answer closes it)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for keeping in _keepings():
            for name, rows in keeping.tables(person).items():
                with archive.open(f"{name}.json", "w") as entry:
                    _write(entry, rows)
    audit.record(actor=person, action="export_own_data", target=f"user:{person.pk}")
    file.seek(0)
    return file


def _write(entry: IO[bytes], rows: Rows) -> None:
    """A list, a row a line."""
    entry.write(b"[")
    for place, row in enumerate(rows):
        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        entry.write((",\n" if place else "\n").encode() + text.encode())
    entry.write(b"\n]\n")


def obstacles(person: User) -> list[str]:
    """Why the account can't be closed now; empty when it can."""
    with transaction.atomic():
        return [str(reason) for keeping in _keepings() for reason in keeping.obstacles(person)]


@transaction.atomic
def close_account(*, person: User) -> None:
    """Close an account for good: personal data goes, what the books need stays without a name.

    Raises CannotClose with every reason; nothing has changed then. Locks the person, then the
    wallet, so that no order slips in. Every device is logged out. Audited.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    reasons = obstacles(person)
    if reasons:
        raise CannotClose(reasons)
    for keeping in _keepings():
        keeping.forget(person)
    audit.record(actor=person, action="close_account", target=f"user:{person.pk}")
    end_all(person=person)


def _keepings() -> list[Keeping]:
    return [import_string(path) for path in settings.PERSONAL_DATA]


def _tables(person: User) -> Mapping[str, Rows]:
    profile = {
        "username": person.username,
        "phone": person.phone,
        "email": person.email,
        "name": person.get_full_name(),
        "joined_at": person.date_joined,
        "last_login": person.last_login,
        "second_factor_since": person.second_factor_at,
    }
    devices = Device.objects.filter(user=person).values(
        "user_agent", "address", "created_at", "last_seen_at", "ended_at"
    )
    notices = Notice.objects.filter(user=person).values("kind", "facts", "created_at", "read_at")
    actions = AuditLog.objects.filter(actor=person).values("at", "action", "target")
    return {
        "profile": [profile],
        "devices": devices.iterator(_ROWS_AT_ONCE),
        "notices": notices.iterator(_ROWS_AT_ONCE),
        "actions": actions.iterator(_ROWS_AT_ONCE),
    }


def _obstacles(person: User) -> Iterable[str | Promise]:
    if person.is_staff:
        yield _("You work here: a colleague takes your rights away first.")


def _forget(person: User) -> None:
    if person.phone:
        OneTimeCode.objects.filter(phone=person.phone).delete()
        OutgoingText.objects.filter(phone=person.phone).delete()
    for model in (Notice, NoticeChoice, OutgoingMail, SecondFactor, RecoveryCode):
        model._default_manager.filter(user=person).delete()
    for log in (AccessAttempt, AccessLog, AccessFailureLog):
        log._default_manager.filter(username=person.username).delete()
    Device.objects.filter(user=person).update(user_agent="", address=None, browser="")
    person.username = f"closed-{person.pk}"
    person.phone = person.second_factor_at = None
    person.first_name = person.last_name = person.email = ""
    person.password = make_password(None)
    person.is_active = False
    person.save()


PEOPLE = Keeping(tables=_tables, obstacles=_obstacles, forget=_forget)
