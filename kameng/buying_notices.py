"""What agents are told about their own lists and schedules (settings.NOTICE_KINDS)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.notices.kinds import NoticeKind

_BUYING = _("Your lists and schedules")

KINDS = [
    NoticeKind(
        code="wholesale.job_paused",
        topic=_BUYING,
        name=_("A list of numbers stands still"),
        title=_("A list stands still: %(title)s"),
        text=_("%(left)s lines wait: %(why)s. Nothing is lost; have it go on when you are ready."),
        icon="list-checks",
        tone="warn",
        view="kameng:job",
        view_args=("batch",),
    ),
    NoticeKind(
        code="wholesale.plan_skipped",
        topic=_BUYING,
        name=_("A scheduled order was left out"),
        title=_("Not ordered: %(goods)s"),
        text=_("A scheduled order was left out. %(why)s"),
        icon="calendar-clock",
        tone="warn",
        view="kameng:plan",
        view_args=("plan",),
    ),
]
