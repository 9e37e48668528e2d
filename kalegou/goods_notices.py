"""What members are told about goods (settings.NOTICE_KINDS)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.notices.kinds import NoticeKind

KINDS = [
    NoticeKind(
        code="retail.back_in_stock",
        topic=_("Goods"),
        name=_("Something that you wait for is back in stock"),
        title=_("%(goods)s is back"),
        text=_("You asked us to tell you. It can be bought again now, while stock lasts."),
        icon="package-open",
        tone="ok",
        view="kalegou:product",
        view_args=("code",),
    ),
]
