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
    NoticeKind(
        code="wholesale.deposit_confirmed",
        topic=_MONEY,
        name=_("A bank transfer of yours is in your balance"),
        title=_("%(amount)s is in your balance"),
        text=_("Your bank transfer %(number)s arrived. You can buy with it now."),
        icon="landmark",
        tone="ok",
        view="kameng:bank_deposit",
        view_args=("number",),
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.deposit_correction",
        topic=_MONEY,
        name=_("A declaration of a bank transfer needs a correction"),
        title=_("Please correct your transfer of %(amount)s"),
        text=_("Our staff can't find it yet: %(reason)s"),
        icon="landmark",
        tone="warn",
        view="kameng:bank_deposit",
        view_args=("number",),
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.deposit_refused",
        topic=_MONEY,
        name=_("A bank transfer of yours is refused"),
        title=_("Your transfer of %(amount)s is refused"),
        text=_("Nothing was booked. Reason: %(reason)s"),
        icon="landmark",
        tone="bad",
        view="kameng:bank_deposit",
        view_args=("number",),
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.deposit_taken_back",
        topic=_MONEY,
        name=_("A booked bank transfer is taken back"),
        title=_("Your transfer of %(amount)s was taken back"),
        text=_("The amount left your balance again. Reason: %(reason)s"),
        icon="landmark",
        tone="bad",
        view="kameng:bank_deposit",
        view_args=("number",),
        is_required=True,
    ),
]
