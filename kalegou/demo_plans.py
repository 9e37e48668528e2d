"""The demo world's monthly top-ups: what the member 小明 agreed to for his mother's phone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone, translation

from catalog.models import SKU
from kalegou.models import Member, TopupPlan
from kalegou.pricing import rate_of, retail_price
from kalegou.services.plans import Wish, consent_text, make_plan, pause_plan

# Number, goods, day (None: in some days, so that trying out isn't disturbed), at most, paused
_PLANS = (
    ("18607553321", "cucc-100", None, Decimal(100), False),
    ("19910204466", "ctcc-50", 31, Decimal(50), True),
)
_SOME_DAYS = timedelta(days=12)


def load_topup_plans(member: Member) -> None:
    """What is missing of them; safe to repeat. The goods are there already."""
    if TopupPlan.objects.filter(member=member).exists():
        return
    skus = SKU.objects.select_related("product").in_bulk(
        [code for _phone, code, *_rest in _PLANS], field_name="code"
    )
    with translation.override(settings.LANGUAGE_CODE):
        for phone, code, day, most, is_paused in _PLANS:
            on = day or (timezone.localdate() + _SOME_DAYS).day
            wish = Wish(skus[code], phone, on, most)
            plan = make_plan(
                member=member,
                ref=f"demo-{phone}",
                wish=wish,
                price=retail_price(wish.sku.list_price, rate_of(member)).amount,
                consent=consent_text(wish),
                language=settings.LANGUAGE_CODE,
            )
            if is_paused:
                pause_plan(plan=plan, actor=member.user)
