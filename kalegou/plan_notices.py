"""What members are told about their monthly top-ups (settings.NOTICE_KINDS)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.notices.kinds import NoticeKind

_PLANS = _("Your monthly top-ups")

KINDS = [
    NoticeKind(
        code="retail.topup_plan_soon",
        topic=_PLANS,
        name=_("A monthly top-up is due in two days"),
        title=_("Soon: %(phone)s gets its %(face)s"),
        text=_(
            "On %(time)s it is topped up from your balance, today for %(price)s. If you don't want"
            " it this month, pause it before then."
        ),
        icon="calendar-clock",
        tone="info",
        view="kalegou:plan",
        view_args=("plan",),
        is_required=True,
    ),
    NoticeKind(
        code="retail.topup_plan_short",
        topic=_PLANS,
        name=_("The balance is too low for a monthly top-up"),
        title=_("%(missing)s are missing for the top-up of %(phone)s"),
        text=_(
            "On %(time)s it shall get %(face)s for %(price)s. Put %(missing)s in before then;"
            " otherwise it is left out this month and nothing is charged."
        ),
        icon="wallet",
        tone="warn",
        view="kalegou:plan",
        view_args=("plan",),
        is_required=True,
    ),
    NoticeKind(
        code="retail.topup_plan_dear",
        topic=_PLANS,
        name=_("A monthly top-up costs more than agreed"),
        title=_("The top-up of %(phone)s has become dearer"),
        text=_(
            "%(face)s cost %(price)s today, more than the %(most)s that you agreed to. If that is"
            " still so on %(time)s, it is left out this month and nothing is charged."
        ),
        icon="calendar-clock",
        tone="warn",
        view="kalegou:plan",
        view_args=("plan",),
        is_required=True,
    ),
    NoticeKind(
        code="retail.topup_plan_done",
        topic=_PLANS,
        name=_("A monthly top-up has arrived"),
        title=_("%(phone)s got its %(face)s"),
        text=_("Your monthly top-up has arrived. %(amount)s were paid from your balance."),
        icon="circle-check",
        tone="ok",
        view="kalegou:order",
        view_args=("order",),
    ),
    NoticeKind(
        code="retail.topup_plan_skipped",
        topic=_PLANS,
        name=_("A monthly top-up was left out"),
        title=_("Not topped up this month: %(phone)s"),
        text=_(
            "%(why)s Nothing was charged, and there is no second try this month: top it up by"
            " hand if it is needed."
        ),
        icon="calendar-clock",
        tone="warn",
        view="kalegou:plan",
        view_args=("plan",),
        is_required=True,
    ),
    NoticeKind(
        code="retail.topup_plan_failed",
        topic=_PLANS,
        name=_("A monthly top-up failed"),
        title=_("The top-up of %(phone)s failed; %(amount)s are back in your balance"),
        text=_(
            "The number may be out of service or moved to another carrier. The plan is paused and"
            " charges nothing: check the number, then have it go on."
        ),
        icon="undo-2",
        tone="bad",
        view="kalegou:plan",
        view_args=("plan",),
        is_required=True,
    ),
    NoticeKind(
        code="retail.topup_plan_paused",
        topic=_PLANS,
        name=_("Customer service pauses a monthly top-up"),
        title=_("The monthly top-up of %(phone)s is paused"),
        text=_("Customer service paused it: %(reason)s"),
        icon="circle-pause",
        tone="warn",
        view="kalegou:plan",
        view_args=("plan",),
        is_required=True,
    ),
    NoticeKind(
        code="retail.topup_plan_stopped",
        topic=_PLANS,
        name=_("Customer service stops a monthly top-up"),
        title=_("The monthly top-up of %(phone)s is stopped"),
        text=_("Customer service stopped it: %(reason)s Nothing more is charged."),
        icon="circle-stop",
        tone="warn",
        view="kalegou:plan",
        view_args=("plan",),
        is_required=True,
    ),
]
