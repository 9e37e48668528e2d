"""What waits in customer service: questions, and claims after the sale."""

from __future__ import annotations

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from kalegou.models import Claim, ClaimStatus, Ticket, TicketStatus
from users.desk import Waiting


def waiting() -> list[Waiting]:
    """Two statements over partial indexes."""
    questions = Ticket.objects.filter(status=TicketStatus.WAITING, claim=None).aggregate(
        count=Count("pk"), oldest=Min("waiting_since")
    )
    claims = Claim.objects.filter(status=ClaimStatus.OPEN).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    return [
        Waiting(
            _("Questions of buyers"),
            questions["count"],
            "kalegou_ticket_changelist",
            "kalegou.view_ticket",
            "?status=waiting&kind=question",
            oldest=questions["oldest"],
        ),
        Waiting(
            _("Claims after the sale"),
            claims["count"],
            "kalegou_claim_changelist",
            "kalegou.view_claim",
            "?status=open",
            oldest=claims["oldest"],
        ),
    ]
