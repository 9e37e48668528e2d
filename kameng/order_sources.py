"""Where an agent's order came from, told by its client reference.

The portal makes references of its own, one prefix a way of ordering; any other is a program's.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from kameng.models import BatchLine
from orders.models import Order

PORTAL_PREFIX = "web-"
JOB_PREFIX = "job-"
PLAN_PREFIX = "plan-"


class Source(TextChoices):
    PORTAL = "portal", _("portal")
    BATCH = "batch", _("batch")
    PLAN = "plan", _("scheduled")
    API = "api", _("API")


def from_source(found: QuerySet[Order], source: Source) -> QuerySet[Order]:
    """Those of these orders that came this way."""
    in_batch = Exists(BatchLine.objects.filter(order=OuterRef("pk")))
    match source:
        case Source.PORTAL:
            return found.filter(client_ref__startswith=PORTAL_PREFIX)
        case Source.PLAN:
            return found.filter(client_ref__startswith=PLAN_PREFIX)
        case Source.BATCH:
            return found.filter(Q(client_ref__startswith=JOB_PREFIX) | in_batch)
    return found.exclude(
        Q(client_ref__startswith=PORTAL_PREFIX)
        | Q(client_ref__startswith=PLAN_PREFIX)
        | Q(client_ref__startswith=JOB_PREFIX)
    ).exclude(in_batch)
