"""Agents' applications, papers and money that wait for staff."""

from __future__ import annotations

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from kameng.models import Application, ApplicationStatus
from kameng.queries.finance import waiting_rows
from users.desk import Waiting


def waiting() -> list[Waiting]:
    applied = Application.objects.filter(status=ApplicationStatus.PENDING).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    return [
        Waiting(
            _("Agents' papers to review"),
            applied["count"],
            "kameng_application_changelist",
            "kameng.view_application",
            oldest=applied["oldest"],
        ),
        *waiting_rows(),
    ]
