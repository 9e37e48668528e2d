"""Price tables as files: what staff download, edit in a spreadsheet and upload again.

A file becomes changes (kameng/price_items.py) of what differs from now, or a list of bad lines;
nothing is written here. Column names are fixed words, so that a file fits in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import SKU, Category
from kameng.models import Agent, ContractPrice, PriceKind, Tier, TierPrice
from kameng.price_items import PriceItem
from kameng.price_rails import lowest_costs
from kameng.price_words import goods_name, moment
from kameng.queries.orders import start_of
from kameng.queries.price_tables import skus_in
from orders.money import to_fen
from reconciliation import cells
from reconciliation.reading import LineNote, Unreadable, table_rows
from ui.exports import Cell

MAX_LINES = 20_000
MAX_PRICE = Decimal(1_000_000)
SKU_COLUMN, LIST_COLUMN = "sku", "list_price"
CONTRACT_COLUMNS = ("agent", "sku", "price", "valid_from", "valid_until")


@dataclass(slots=True)
class FileReading:
    """The changes that a file asks for, and what is wrong with its lines."""

    items: list[PriceItem] = field(default_factory=list)
    bad: list[LineNote] = field(default_factory=list)
    lines: int = 0


class _Bad(Exception):
    pass


# --- tier prices --------------------------------------------------------------------------------


def tier_table(category: Category | None) -> tuple[list[str], Iterator[list[Cell]]]:
    """Heading and rows: a SKU a line, its list price, and each tier's own price if it has one."""
    tiers = list(Tier.objects.order_by("rank"))
    heading = [SKU_COLUMN, "goods", "lowest_cost", LIST_COLUMN, *(tier.code for tier in tiers)]
    skus = list(skus_in(category) if category else _all_skus())
    return heading, _tier_rows(skus, tiers)


def _all_skus() -> QuerySet[SKU]:
    return SKU.objects.select_related("product").order_by("product_id", "position", "id")


def _tier_rows(skus: Sequence[SKU], tiers: Sequence[Tier]) -> Iterator[list[Cell]]:
    ids = [sku.pk for sku in skus]
    own = _own_prices(ids)
    costs = lowest_costs(ids)
    for sku in skus:
        cost = costs.get(sku.pk)
        yield [
            sku.code,
            goods_name(sku),
            cost.amount if cost else None,
            to_fen(sku.list_price),
            *(own.get((sku.pk, tier.pk)) for tier in tiers),
        ]


def _own_prices(sku_ids: Iterable[int]) -> dict[tuple[int, int], Decimal]:
    rows = TierPrice.objects.filter(sku__in=list(sku_ids)).values_list("sku_id", "tier_id", "price")
    return {(sku_id, tier_id): price for sku_id, tier_id, price in rows}


def read_tier_file(content: bytes, name: str) -> FileReading:
    """Every difference to today's list and tier prices. An empty cell: the tier has no price of
    its own any more, so its discount counts. Raises Unreadable."""
    rows = _lines(content, name)
    places = _header(rows, needed=(SKU_COLUMN,))
    tiers = {tier.code: tier for tier in Tier.objects.all() if tier.code in places}
    if not tiers and LIST_COLUMN not in places:
        codes = ", ".join(Tier.objects.order_by("rank").values_list("code", flat=True))
        raise Unreadable(
            _("No column of the file is a price: name them list_price or %(tiers)s.")
            % {"tiers": codes}
        )
    skus = {sku.code: sku for sku in SKU.objects.all()}
    own = _own_prices(sku.pk for sku in skus.values())
    reading = FileReading()
    seen: set[str] = set()
    for number, row in rows:
        reading.lines += 1
        try:
            code = cells.text(row[places[SKU_COLUMN]])
            if code not in skus:
                raise _Bad(_("there is no SKU %(code)s") % {"code": code})
            if code in seen:
                raise _Bad(_("%(code)s stands in the file twice") % {"code": code})
            seen.add(code)
            reading.items += _tier_items(row, places, skus[code], tiers, own)
        except _Bad as bad:
            reading.bad.append(LineNote(number, str(bad)))
    return reading


def _tier_items(
    row: Sequence[object],
    places: Mapping[str, int],
    sku: SKU,
    tiers: Mapping[str, Tier],
    own: Mapping[tuple[int, int], Decimal],
) -> list[PriceItem]:
    found = []
    if LIST_COLUMN in places:
        price = parsed_price(row[places[LIST_COLUMN]], LIST_COLUMN)
        if price is None:
            raise _Bad(_("a list price can't be empty"))
        if price != sku.list_price:
            found.append(PriceItem(kind=PriceKind.LIST, value=price, sku_id=sku.pk))
    for code, tier in tiers.items():
        price = parsed_price(row[places[code]], code)
        if price != own.get((sku.pk, tier.pk)):
            found.append(
                PriceItem(kind=PriceKind.TIER_PRICE, value=price, sku_id=sku.pk, tier_id=tier.pk)
            )
    return found


def parsed_price(cell: object, column: str) -> Decimal | None:
    """A price in whole fen above zero, or None for an empty cell; raises _Bad."""
    if not cells.text(cell) if not isinstance(cell, float) else False:
        return None
    try:
        price = cells.amount(cell)
    except cells.BadCell:
        raise _Bad(_("%(column)s is not an amount") % {"column": column}) from None
    if price != to_fen(price):
        raise _Bad(_("%(column)s has more than two decimals") % {"column": column})
    if not 0 < price < MAX_PRICE:
        raise _Bad(_("%(column)s must be more than 0 and below 1,000,000") % {"column": column})
    return to_fen(price)


# --- contract prices ----------------------------------------------------------------------------


def contract_table(
    contracts: QuerySet[ContractPrice],
) -> tuple[list[str], Iterator[list[Cell]]]:
    """Heading and rows, as they can be uploaded again."""
    heading = ["agent", "agent_name", "sku", "goods", "price", "valid_from", "valid_until"]
    return heading, (
        [
            one.agent.user.username,
            one.agent.name,
            one.sku.code,
            goods_name(one.sku),
            one.price,
            moment(one.valid_from),
            moment(one.valid_until) if one.valid_until else None,
        ]
        for one in contracts.select_related("agent__user", "sku__product").iterator(2000)
    )


def read_contract_file(content: bytes, name: str) -> FileReading:
    """Every difference to today's contracts. A line is about the contract of an agent for a SKU
    that begins at that time, a new one if there is none; an empty price takes it away. Raises
    Unreadable."""
    rows = list(_lines(content, name))
    lines = iter(rows)
    places = _header(lines, needed=CONTRACT_COLUMNS)
    agents = {
        agent.user.username: agent
        for agent in Agent.objects.filter(
            user__username__in={cells.text(row[places["agent"]]) for _n, row in rows[1:]}
        ).select_related("user")
    }
    skus = {sku.code: sku for sku in SKU.objects.all()}
    known = {
        (one.agent_id, one.sku_id, moment(one.valid_from)): one
        for one in ContractPrice.objects.filter(agent__in=agents.values())
    }
    reading = FileReading()
    seen: set[tuple[int, int, str]] = set()
    for number, row in lines:
        reading.lines += 1
        try:
            item, key = _contract_item(row, places, agents, skus, known)
            if key in seen:
                raise _Bad(_("this contract stands in the file twice"))
            seen.add(key)
        except _Bad as bad:
            reading.bad.append(LineNote(number, str(bad)))
        else:
            reading.items += [item] if item else []
    return reading


def _contract_item(
    row: Sequence[object],
    places: Mapping[str, int],
    agents: Mapping[str, Agent],
    skus: Mapping[str, SKU],
    known: Mapping[tuple[int, int, str], ContractPrice],
) -> tuple[PriceItem | None, tuple[int, int, str]]:
    agent = agents.get(cells.text(row[places["agent"]]))
    if agent is None:
        raise _Bad(_("there is no agent %(name)s") % {"name": cells.text(row[places["agent"]])})
    sku = skus.get(cells.text(row[places["sku"]]))
    if sku is None:
        raise _Bad(_("there is no SKU %(code)s") % {"code": cells.text(row[places["sku"]])})
    price = parsed_price(row[places["price"]], "price")
    start = _time(row[places["valid_from"]], "valid_from")
    end = _time(row[places["valid_until"]], "valid_until", is_end=True)
    if start is None:
        raise _Bad(_("valid_from is empty"))
    if end is not None and end <= start:
        raise _Bad(_("the contract ends before it begins"))
    key = (agent.pk, sku.pk, moment(start))
    was = known.get(key)
    if was is None and price is None:
        raise _Bad(_("the price is empty, and there is no such contract to take away"))
    if was is not None and price == was.price and _same(end, was.valid_until):
        return None, key
    return (
        PriceItem(
            kind=PriceKind.CONTRACT,
            value=price,
            row_id=was.pk if was else None,
            agent_id=agent.pk,
            sku_id=sku.pk,
            valid_from=was.valid_from if was else start,
            valid_until=end,
        ),
        key,
    )


def _same(one: datetime | None, other: datetime | None) -> bool:
    return (one and moment(one)) == (other and moment(other))


def _time(cell: object, column: str, *, is_end: bool = False) -> datetime | None:
    """A moment; a bare day begins with its first one, and ends with the next day's."""
    if not cells.text(cell):
        return None
    is_day = (isinstance(cell, date) and not isinstance(cell, datetime)) or (
        isinstance(cell, str) and len(cells.text(cell)) <= len("2026-11-24 ")
    )
    try:
        at = cells.moment(cell)
    except cells.BadCell:
        raise _Bad(
            _("%(column)s is not a time like 2026-11-24 00:00") % {"column": column}
        ) from None
    if not is_day:
        return at
    day = timezone.localtime(at).date()
    return start_of(day + timedelta(days=1) if is_end else day)


# --- any file -----------------------------------------------------------------------------------


def _lines(content: bytes, name: str) -> Iterator[tuple[int, Sequence[object]]]:
    count = 0
    for number, row in table_rows(content, name):
        if not any(cells.text(cell) for cell in row if not isinstance(cell, float)) and not any(
            isinstance(cell, float) for cell in row
        ):
            continue
        count += 1
        if count > MAX_LINES + 1:
            raise Unreadable(_("More than 20,000 lines: split the file."))
        yield number, row


def _header(
    rows: Iterator[tuple[int, Sequence[object]]], *, needed: Sequence[str]
) -> dict[str, int]:
    _number, header = next(rows, (0, ()))
    places = {cells.text(cell).lower(): place for place, cell in enumerate(header)}
    missing = [name for name in needed if name not in places]
    if missing:
        raise Unreadable(
            _("The first line must name the columns. Missing: %(names)s. Download the template.")
            % {"names": ", ".join(missing)}
        )
    return places
