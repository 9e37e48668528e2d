"""What members are told after the sale."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.notices.kinds import NoticeKind

_SERVICE = _("Customer service and refunds")

KINDS = [
    NoticeKind(
        code="retail.ticket_answered",
        topic=_SERVICE,
        name=_("We answered your question"),
        title=_("We answered you"),
        text=_("There is an answer to your question %(number)s."),
        icon="message-circle",
        tone="info",
        view="kalegou:ticket",
        view_args=("number",),
    ),
    NoticeKind(
        code="retail.claim_replacing",
        topic=_SERVICE,
        name=_("Your claim is granted: replacement"),
        title=_("You get a replacement"),
        text=_(
            "Your claim %(number)s about order %(order_no)s is granted: you get it once more, free"
            " of charge. %(answer)s"
        ),
        icon="badge-check",
        tone="ok",
        view="kalegou:claim",
        view_args=("number",),
        is_required=True,
    ),
    NoticeKind(
        code="retail.claim_replaced",
        topic=_SERVICE,
        name=_("A replacement is delivered"),
        title=_("Your replacement is here"),
        text=_("The replacement for order %(order_no)s is delivered: see it on the order's page."),
        icon="badge-check",
        tone="ok",
        view="kalegou:order",
        view_args=("order_no",),
        is_required=True,
    ),
    NoticeKind(
        code="retail.claim_refunded",
        topic=_SERVICE,
        name=_("Your claim is granted: refund"),
        title=_("%(amount)s goes back to you"),
        text=_(
            "For your claim %(number)s about order %(order_no)s, %(amount)s goes back to where you"
            " paid from. %(answer)s"
        ),
        icon="undo-2",
        tone="ok",
        view="kalegou:claim",
        view_args=("number",),
        is_required=True,
    ),
    NoticeKind(
        code="retail.claim_refused",
        topic=_SERVICE,
        name=_("Your claim is refused"),
        title=_("Your claim was refused"),
        text=_("Your claim %(number)s about order %(order_no)s is refused: %(answer)s"),
        icon="file-x",
        tone="bad",
        view="kalegou:claim",
        view_args=("number",),
        is_required=True,
    ),
    NoticeKind(
        code="retail.claim_question",
        topic=_SERVICE,
        name=_("We ask about your claim"),
        title=_("A question about your claim"),
        text=_("We need something more for your claim %(number)s about order %(order_no)s."),
        icon="message-circle",
        tone="warn",
        view="kalegou:claim",
        view_args=("number",),
        is_required=True,
    ),
    NoticeKind(
        code="retail.order_refunded",
        topic=_SERVICE,
        name=_("Money of a delivered order goes back"),
        title=_("%(amount)s goes back to you"),
        text=_("%(amount)s of order %(order_no)s goes back to where you paid from."),
        icon="undo-2",
        tone="ok",
        view="kalegou:order",
        view_args=("order_no",),
        is_required=True,
    ),
]
