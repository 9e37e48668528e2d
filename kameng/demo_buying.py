"""The demo world's working day: favourites, a list of numbers, schedules."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from catalog.models import SKU
from kameng.models import Agent, Batch, Favourite, OrderPlan, PlanRhythm
from kameng.price_rules import price_list
from kameng.services.favourites import add_favourite
from kameng.services.jobs import JobLine, pause_job, start_job
from kameng.services.plans import PlanOrder, PlanTimes, make_plan, pause_plan

_FAVOURITES = {
    "yiji": ("cmcc-100", "cucc-100", "steam-100", "qcoin-100"),
    "erji": ("cmcc-50", "steam-100", "tencent-video-month"),
}
# The last digits decide what the supplier sandbox does: one of them is refused and refunded.
_LIST = (
    ("cmcc-30", "13826507719", "周姐"),
    ("cmcc-30", "13826507720", "楼下便利店"),
    ("cmcc-50", "13926507721", "王师傅"),
    ("cucc-30", "13026507722", "小李"),
    ("ctcc-30", "13326507723", "学校食堂"),
    ("cmcc-30", "13826500001", "老客户"),
)


def load_buying() -> None:
    """What is missing of it; safe to repeat. Agents and goods are there already."""
    agents = {
        agent.user.username: agent
        for agent in Agent.objects.filter(user__username__in=_FAVOURITES).select_related(
            "user", "tier"
        )
    }
    codes = {code for listed in _FAVOURITES.values() for code in listed}
    codes |= {code for code, _number, _note in _LIST}
    skus = {sku.code: sku for sku in SKU.objects.filter(code__in=codes).select_related("product")}
    for username, listed in _FAVOURITES.items():
        if not Favourite.objects.filter(agent=agents[username]).exists():
            for code in listed:
                add_favourite(agent=agents[username], sku=skus[code])
    _load_list(agents["yiji"], skus)
    _load_plans(agents["yiji"], skus)


def _load_list(agent: Agent, skus: dict[str, SKU]) -> None:
    if Batch.objects.filter(agent=agent, batch_ref="web-demo").exists():
        return
    prices = price_list(agent, [skus[code].pk for code, _number, _note in _LIST])
    taken = start_job(
        agent=agent,
        ref="web-demo",
        title="周一客户话费（等客户回复后充）",
        lines=[
            JobLine(code, number, prices[skus[code].pk].price, note) for code, number, note in _LIST
        ],
        language=settings.LANGUAGE_CODE,
    )
    # Waiting for a person to press on: the demo world places no orders by itself.
    pause_job(batch=taken.batch, actor=agent.user)


def _load_plans(agent: Agent, skus: dict[str, SKU]) -> None:
    if OrderPlan.objects.filter(agent=agent).exists():
        return
    today = timezone.localdate()
    next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    make_plan(
        agent=agent,
        ref="web-demo-monthly",
        title="王总每月话费",
        order=PlanOrder(skus["cmcc-100"], 1, {"phone": "13926507721"}, Decimal(100)),
        times=PlanTimes(_at(next_month, 9), PlanRhythm.MONTHLY, budget=Decimal(1200)),
        language=settings.LANGUAGE_CODE,
    )
    monday = today + timedelta(days=7 - today.weekday())
    stock = make_plan(
        agent=agent,
        ref="web-demo-weekly",
        title="周一备货",
        order=PlanOrder(skus["steam-100"], 5),
        times=PlanTimes(_at(monday, 8), PlanRhythm.WEEKLY),
        language=settings.LANGUAGE_CODE,
    )
    pause_plan(plan=stock, actor=agent.user)


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
