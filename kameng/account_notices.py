"""What agents are told about their account: decisions, papers, tier, upline."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.notices.kinds import NoticeKind

_ACCOUNT = _("Your account")

KINDS = [
    NoticeKind(
        code="wholesale.application_approved",
        topic=_ACCOUNT,
        name=_("Your application is approved"),
        title=_("You are an agent now"),
        text=_(
            "Your application is approved: you are %(tier)s, see your prices and can buy as soon as"
            " you have paid in."
        ),
        icon="badge-check",
        tone="ok",
        view="kameng:home",
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.application_rejected",
        topic=_ACCOUNT,
        name=_("Your application has to be corrected"),
        title=_("Your application was not accepted"),
        text=_("The reason: %(reason)s. Correct it and send it again: what was fine is kept."),
        icon="file-x",
        tone="bad",
        view="kameng:application",
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.papers_accepted",
        topic=_ACCOUNT,
        name=_("Newer papers are accepted"),
        title=_("Your papers are accepted"),
        text=_("They are valid until %(day)s. Your full limits hold, and you can withdraw money."),
        icon="badge-check",
        tone="ok",
        view="kameng:identity",
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.papers_rejected",
        topic=_ACCOUNT,
        name=_("Newer papers are not accepted"),
        title=_("Your newer papers were not accepted"),
        text=_("The reason: %(reason)s. Correct it and send it again: what was fine is kept."),
        icon="file-x",
        tone="bad",
        view="kameng:identity",
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.papers_run_out",
        topic=_ACCOUNT,
        name=_("Your papers run out soon: 30 and 7 days before"),
        title=_("Your papers run out on %(day)s"),
        text=_(
            "After that day you can't withdraw money, and you can buy within the limits of"
            " unverified agents only. Upload newer papers in time: it takes us a day to check them."
        ),
        icon="file-clock",
        tone="warn",
        view="kameng:identity",
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.papers_ran_out",
        topic=_ACCOUNT,
        name=_("Your papers have run out"),
        title=_("Your papers have run out"),
        text=_(
            "They were valid until %(day)s. Until newer ones are accepted you can't withdraw money,"
            " and you can buy within the limits of unverified agents only. Your balance and your"
            " orders aren't touched."
        ),
        icon="file-x",
        tone="bad",
        view="kameng:identity",
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.suspended",
        topic=_ACCOUNT,
        name=_("Your agent account is suspended"),
        title=_("Your agent account is suspended"),
        text=_(
            "The reason: %(reason)s. You can't buy, withdraw or use the API. Your balance is kept."
            " Please contact customer service."
        ),
        icon="lock",
        tone="bad",
        view="kameng:home",
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.reinstated",
        topic=_ACCOUNT,
        name=_("Your agent account is reinstated"),
        title=_("Your agent account is open again"),
        text=_("You can buy, withdraw and use the API again."),
        icon="lock-open",
        tone="ok",
        view="kameng:home",
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.tier_changed",
        topic=_ACCOUNT,
        name=_("Your tier has changed"),
        title=_("You are %(tier)s now"),
        text=_("New orders have the prices of this tier; the ones that were placed keep theirs."),
        icon="layers",
        view="kameng:catalogue",
        is_required=True,
    ),
    NoticeKind(
        code="wholesale.moved",
        topic=_ACCOUNT,
        name=_("You have another upline"),
        title=_("Your upline is %(upline)s now"),
        text=_(
            "You and the agents below you were moved. Your tier, balance and orders are the same;"
            " prices that your former upline had set for you don't hold any more."
        ),
        icon="network",
        view="kameng:catalogue",
        is_required=True,
    ),
]
