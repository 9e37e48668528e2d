"""What people are told about the safety of their account, in whichever storefront is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from users.models import User
from users.notices import tell
from users.notices.facts import Fact
from users.notices.kinds import NoticeKind

if TYPE_CHECKING:  # only the stubs know it
    from django.utils.functional import _StrPromise

    _Text = str | _StrPromise

_SAFETY = _("Safety of your account")


def _kinds(audience: str) -> list[NoticeKind]:
    def kind(what: str, name: _Text, title: _Text, text: _Text, icon: str, tone: str) -> NoticeKind:
        return NoticeKind(
            code=f"{audience}.{what}",
            topic=_SAFETY,
            name=name,
            title=title,
            text=text,
            icon=icon,
            tone=tone,
            view="users:security",
            is_required=True,
        )

    return [
        kind(
            "new_device",
            _("Somebody logs in from a browser that we don't know"),
            _("A new browser is logged in"),
            _(
                "%(browser)s, from %(address)s. If that wasn't you, end it on the page of your"
                " account's safety and choose a new password at once."
            ),
            "monitor-smartphone",
            "warn",
        ),
        kind(
            "password_changed",
            _("Your password is changed"),
            _("Your password was changed"),
            _("All other devices are logged out. If that wasn't you, choose a new one by code."),
            "key-round",
            "warn",
        ),
        kind(
            "second_factor_on",
            _("The second step of logging in is switched on"),
            _("Logging in takes a second step now"),
            _("From now on your authenticator app is asked for its code. Keep the recovery codes."),
            "shield-check",
            "ok",
        ),
        kind(
            "second_factor_off",
            _("The second step of logging in is switched off"),
            _("Logging in takes no second step any more"),
            _("If that wasn't you, choose a new password at once and switch it on again."),
            "shield-off",
            "warn",
        ),
        kind(
            "second_factor_reset",
            _("Our staff reset the second step of logging in"),
            _("Our staff reset the second step of logging in"),
            _(
                "All your devices are logged out. The reason: %(reason)s. If you didn't ask for it,"
                " contact customer service at once."
            ),
            "shield-off",
            "bad",
        ),
        kind(
            "recovery_code_used",
            _("A recovery code is used"),
            _("A recovery code was used to log in"),
            _("%(left)s of them are left. If that wasn't you, choose a new password at once."),
            "life-buoy",
            "warn",
        ),
        kind(
            "recovery_codes_renewed",
            _("New recovery codes are made"),
            _("You have new recovery codes"),
            _("The ones from before are good no more."),
            "life-buoy",
            "info",
        ),
    ]


KINDS = [*_kinds("retail"), *_kinds("wholesale")]


def tell_of_security(person: User, what: str, **facts: Fact) -> None:
    """Tell somebody in the inbox of the storefront where they are at home, and by mail."""
    is_agent = any(import_string(path)(person) for path in settings.LOGIN_LANDINGS)
    tell(person, f"{'wholesale' if is_agent else 'retail'}.{what}", **facts)
