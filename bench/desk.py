"""What the three agents that are measured have on their desks: one of everything, and long lists.

Everything that moves money goes through the shop's own services, so that the books stay clean;
long lists of what doesn't are copies of one row (bench/copies.py).
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from bench.copies import copy, lines_of_batches, settlements
from bench.desk_money import lay_out_money, pay_in, transfers
from bench.desk_people import invitations, lay_out_programs, people_on_their_way_in
from bench.papers import LEGAL, POSTER, Shared
from bench.roles import CARDS, GOODS, agents
from catalog.models import SKU, Category, DeliveryKind, Product
from kameng.models import (
    Agent,
    Announcement,
    BankDetails,
    Importance,
    OrderPlan,
    PlanRhythm,
    PlanRun,
    PlanStatus,
    Poster,
    PriceKind,
    PromoText,
)
from kameng.price_items import PriceItem
from kameng.services.diligence import accept
from kameng.services.favourites import add_favourite
from kameng.services.jobs import JobLine, pause_job, start_job
from kameng.services.markups import set_markup
from kameng.services.owned_codes import gather_codes
from kameng.services.plans import PlanOrder, PlanTimes, make_plan
from orders.models import Channel, Order
from orders.services import place_order
from suppliers.models import STOCK_ADAPTER, Supplier
from suppliers.services import buy_stock
from users.models import User
from users.notices import tell

_LANGUAGE = "zh-hans"


def lay_out(*, rows: int) -> None:
    """Put about `rows` rows into each list of each agent that is measured (bench/roles.py)."""
    measured = agents()
    codes = min(rows * 5, 10_000)
    shared = _shared(cards=codes * len(measured))
    for name, agent in measured.items():
        pay_in(agent)
        if name == "small":
            _one_of_everything(agent, shared, rows=2, codes=2)
        else:
            _one_of_everything(agent, shared, rows=rows, codes=codes)
    transfers(measured)
    _announcements(rows)
    people_on_their_way_in(measured.values(), inviter=measured["master"])
    settlements()


def _shared(*, cards: int) -> Shared:
    staff = User.objects.create(username="scale-staff", is_staff=True, is_superuser=True)
    Supplier.objects.create(code="scale-stock", name="本地卡密库存", adapter=STOCK_ADAPTER)
    product = Product.objects.create(
        category=Category.objects.get(code=GOODS),
        code=CARDS,
        kind=DeliveryKind.CARD,
        name="通用点卡",
    )
    card = SKU.objects.create(
        product=product,
        code=f"{CARDS}-50",
        kind=DeliveryKind.CARD,
        name="50元",
        face_value=Decimal(50),
        list_price=Decimal(50),
        max_quantity=10_000,
    )
    lines = "".join(f"SCALE{n:09d},S{n:09d}\n" for n in range(cards))
    buy_stock(
        sku=card,
        supplier_code="scale-stock",
        unit_cost=Decimal(40),
        source=BytesIO(lines.encode()),
    )
    bank = BankDetails.objects.create(
        bank="招商银行", branch="深圳", account_number="755912345610701", account_name="开乐网络"
    )
    poster = Poster(title="一手货源", qr_left=420, qr_top=740, qr_size=240)
    poster.image.save("scale.png", ContentFile(POSTER.read_bytes()))
    PromoText.objects.create(title="朋友圈", body="免费申请代理：{link} 邀请码 {code}")
    return Shared(card, SKU.objects.get(code=f"{GOODS}-10"), bank, staff)


@transaction.atomic
def _one_of_everything(agent: Agent, shared: Shared, *, rows: int, codes: int) -> None:
    accept(agent=agent, legal=LEGAL, valid_until=timezone.localdate() + timedelta(days=400))
    _orders(agent, shared, codes=codes)
    _lists_of_numbers(agent, rows=rows)
    _schedules(agent, shared, rows=rows)
    lay_out_money(agent, shared, rows=rows)
    lay_out_programs(agent, rows=rows)
    invitations(agent, shared, rows=rows)
    _notices(agent, rows=rows)
    for sku in SKU.objects.filter(code__startswith=GOODS)[:5]:
        add_favourite(agent=agent, sku=sku)
    if agent.rght - agent.lft > 1:
        item = PriceItem(
            kind=PriceKind.MARKUP, value=Decimal("0.001"), agent_id=agent.pk, sku_id=shared.card.pk
        )
        set_markup(agent=agent, item=item, actor=agent.user)


def _orders(agent: Agent, shared: Shared, *, codes: int) -> None:
    """Cards at once, as many codes as asked for, and a top-up that is under way."""
    each = max(codes // 10, 1)
    for n in range(codes // each):
        _order(agent, shared.card, f"card-{n}", quantity=each)
    gather_codes(agent=agent)
    for n in range(3):
        _order(agent, shared.topup, f"topup-{n}", account={"phone": f"1380000{n:04d}"})


def _order(
    agent: Agent,
    sku: SKU,
    ref: str,
    *,
    quantity: int = 1,
    account: dict[str, str] | None = None,
) -> Order:
    return place_order(
        channel=Channel.WHOLESALE,
        buyer=agent.user,
        sku=sku,
        quantity=quantity,
        account=account or {},
        client_ref=f"desk-{ref}",
    ).order


def _lists_of_numbers(agent: Agent, *, rows: int) -> None:
    lines = [
        JobLine(f"{GOODS}-10", f"138{n:08d}", Decimal(10), f"客户{n}")
        for n in range(min(rows * 2, 5000))
    ]
    taken = start_job(agent=agent, ref="desk", title="一批话费", lines=lines, language=_LANGUAGE)
    pause_job(batch=taken.batch, actor=agent.user)
    # The newest is a short one of which some lines were refused; the others are its like.
    short = start_job(
        agent=agent, ref="desk-short", title="周一", lines=lines[:20], language=_LANGUAGE
    ).batch
    now = timezone.now()
    type(short).objects.filter(pk=short.pk).update(due_at=None, finished_at=now)
    short.lines.update(problem={"code": "out_of_stock", "title": "缺货"})
    copy(
        short,
        rows,
        batch_no="'BS' || %(row)s || '-' || k",
        batch_ref="'desk-copy-' || k",
        created_at="now() - k * interval '1 hour'",
    )
    lines_of_batches(short)


def _schedules(agent: Agent, shared: Shared, *, rows: int) -> None:
    plan = make_plan(
        agent=agent,
        ref="desk",
        title="每天一张",
        order=PlanOrder(shared.card, 1),
        times=PlanTimes(timezone.now() + timedelta(hours=1), PlanRhythm.DAILY),
        language=_LANGUAGE,
    )
    copy(
        plan,
        rows,
        ref="'desk-' || k",
        status=f"'{PlanStatus.CANCELLED}'",
        next_at="NULL",
        due_at="NULL",
    )
    run = PlanRun.objects.create(
        plan=plan, number=0, planned_at=timezone.now(), problem={"code": "out_of_stock"}
    )
    copy(run, rows, number="k", planned_at="now() - k * interval '1 day'")
    OrderPlan.objects.filter(pk=plan.pk).update(next_number=rows + 1)


def _notices(agent: Agent, *, rows: int) -> None:
    tell(agent.user, "wholesale.account_verified", account="招商银行 8888")
    newest = agent.user.notices.latest("pk")
    copy(newest, rows * 5, read_at="CASE WHEN k %% 2 = 0 THEN now() END")
    tell(agent.user, "wholesale.account_verified", account="招商银行 9999")


def _announcements(rows: int) -> None:
    now = timezone.now()
    one = Announcement.objects.create(
        title="谨防冒充客服索要卡密",
        body="平台客服不会以任何理由向您索要卡密。",
        shown_from=now - timedelta(days=1),
    )
    copy(one, min(rows, 200), shown_from="now() - k * interval '1 day'")
    Announcement.objects.create(
        title="请确认新的结算日",
        body="佣金从下月起每周结算。",
        importance=Importance.IMPORTANT,
        shown_from=now - timedelta(hours=1),
    )
