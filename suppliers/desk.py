"""What suppliers need from us: alerts that last, new prices to accept."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import SupplierContract
from suppliers.models import Alert, Proposal, ProposalStatus
from users.desk import Waiting

ENDS_SOON = timedelta(days=30)


def waiting() -> list[Waiting]:
    lasting = Alert.objects.filter(ended_at=None).aggregate(
        count=Count("pk"), oldest=Min("began_at")
    )
    proposed = Proposal.objects.filter(status=ProposalStatus.PENDING).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    today = timezone.localdate()
    ending = (
        SupplierContract.objects.valid_on(today)
        .filter(valid_until__lte=today + ENDS_SOON)
        .aggregate(count=Count("pk"))
    )
    return [
        Waiting(
            _("Contracts of official goods that end within 30 days"),
            ending["count"],
            "catalog_suppliercontract_changelist",
            "catalog.view_suppliercontract",
            "?state=soon",
        ),
        Waiting(
            _("Alerts about suppliers"),
            lasting["count"],
            "suppliers_alert_changelist",
            "suppliers.view_alert",
            "?over=no",
            oldest=lasting["oldest"],
        ),
        Waiting(
            _("New costs and goods to accept"),
            proposed["count"],
            "suppliers_proposal_changelist",
            "suppliers.view_proposal",
            oldest=proposed["oldest"],
        ),
    ]
