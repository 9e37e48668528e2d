"""Differences between suppliers' and gateways' statements and our books."""

from __future__ import annotations

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from reconciliation.models import Difference, DifferenceState
from users.desk import Waiting


def waiting() -> list[Waiting]:
    unsettled = Difference.objects.filter(state=DifferenceState.OPEN).aggregate(
        count=Count("pk"), oldest=Min("found_at")
    )
    return [
        Waiting(
            _("Differences with suppliers and gateways"),
            unsettled["count"],
            "reconciliation_difference_changelist",
            "reconciliation.view_difference",
            f"?state__exact={DifferenceState.OPEN}",
            oldest=unsettled["oldest"],
        )
    ]
