"""What agents are told in their inbox and by mail (settings.NOTICE_KINDS)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.notices.kinds import NoticeKind

AUDIENCE = "wholesale"
_MONEY = _("Your money")

KINDS = [
    NoticeKind(
        code="wholesale.balance_low",
        topic=_MONEY,
        name=_("The balance falls below your threshold"),
        title=_("Your balance is low: %(balance)s"),
        text=_(
            "It fell below %(threshold)s, where you wanted to be told. Orders are refused once it"
            " is used up: pay in in time."
        ),
        icon="wallet",
        tone="warn",
        view="kameng:funds",
    ),
]
