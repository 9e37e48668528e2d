"""Claims and questions of the shop's customers that wait for staff."""

from __future__ import annotations

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from kalegou.models import UNDECIDED_CLAIMS, Claim, Ticket, TicketStatus
from users.desk import Waiting


def waiting() -> list[Waiting]:
    tickets = Ticket.objects.filter(status=TicketStatus.WAITING).aggregate(
        count=Count("pk"), oldest=Min("waiting_since")
    )
    claims = Claim.objects.filter(status__in=UNDECIDED_CLAIMS).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    return [
        Waiting(
            _("Customers who wait for an answer"),
            tickets["count"],
            "kalegou_ticket_changelist",
            "kalegou.view_ticket",
            oldest=tickets["oldest"],
        ),
        Waiting(
            _("After-sale claims to decide"),
            claims["count"],
            "kalegou_claim_changelist",
            "kalegou.view_claim",
            oldest=claims["oldest"],
        ),
    ]
