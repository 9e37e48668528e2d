"""The shop that the portal is measured in: its books are clean, and every page of it opens."""

from __future__ import annotations

import pytest

from bench.desk import lay_out
from bench.portal import MOST_QUERIES, measure_pages, problems
from bench.scale import NotEmptyError, Size, seed
from kameng.models import Agent
from ledger.models import Posting
from orders.models import Order
from tests import world

SIZE = Size(agents=60, orders=300, days=40, statement=100)


@pytest.mark.django_db
def test_a_small_one_is_clean_and_no_page_asks_too_often() -> None:
    seed(SIZE)
    assert Agent.objects.count() == SIZE.agents
    assert Order.objects.count() == SIZE.orders
    assert Posting.objects.count() > 8 * SIZE.orders
    assert world.books_are_clean()
    root = Agent.objects.get(parent=None)
    assert list(root.get_descendants()) == list(Agent.objects.exclude(pk=root.pk).order_by("lft"))
    lay_out(rows=3)
    assert world.books_are_clean()
    figures = list(
        measure_pages(turns=0, only=["level 1", "applicant", "newcomer"], with_variations=False)
    )
    assert problems(figures) == [], "every address of the portal is measured"
    assert {one.page: one.queries for one in figures if one.queries > MOST_QUERIES} == {}


@pytest.mark.django_db
def test_it_writes_nothing_where_somebody_is() -> None:
    world.make_user()
    with pytest.raises(NotEmptyError):
        seed(SIZE)
    assert not Agent.objects.exists()
