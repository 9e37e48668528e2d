"""Which goods come first: what people bought most in the last 30 days, then as staff put them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from catalog.models import Product
from catalog.search_keys import words_of
from kalegou.models import GoodsMeasure

# The front page chooses among so many of the best sold; a list has all of them.
MOST_RANKED = 1000


@dataclass(frozen=True, slots=True)
class Ranked:
    """A product with what decides its place; `sold` are orders delivered in the last 30 days."""

    pk: int
    category_id: int
    brand: str
    sold: int


def with_sold(products: QuerySet[Product]) -> QuerySet[Any]:
    """The same products, each with `sold`."""
    measured = GoodsMeasure.objects.filter(product=OuterRef("pk"), sku=None).values("count")
    return products.annotate(sold=Coalesce(Subquery(measured[:1]), Value(0)))


def ranked(products: QuerySet[Product]) -> list[Ranked]:
    """The best sold first. One query."""
    rows = with_sold(products).order_by("-sold", "position", "pk")[:MOST_RANKED]
    return [Ranked(*row) for row in rows.values_list("pk", "category_id", "brand", "sold")]


def by_relevance(products: QuerySet[Product], search: str) -> QuerySet[Any]:
    """Where a name, pinyin or brand begins with the word comes before where it is inside."""
    words = words_of(search)
    begins = Q()
    if words:
        begins = Q(search_key__startswith=words[0]) | Q(search_key__contains=f" {words[0]}")
        begins |= Q(brand__istartswith=words[0])
    place = Case(When(begins, then=Value(0)), default=Value(1), output_field=IntegerField())
    found: QuerySet[Any] = (
        with_sold(products)
        .annotate(place=place if words else Value(0))
        .order_by("place", F("sold").desc(), "category__tree_id", "category__lft", "position", "pk")
    )
    return found


def alike(
    item: Product, others: Iterable[Ranked], *, scene: Sequence[int], count: int
) -> list[int]:
    """The products that who looks at this one may want, too: of its brand, its category, its scene.

    `scene` are the categories of the scene that the product belongs to.
    """

    def likeness(other: Ranked) -> int:
        of_brand = bool(item.brand) and other.brand == item.brand
        return (
            2 * of_brand
            + 2 * (other.category_id == item.category_id)
            + (other.category_id in scene)
        )

    found = [other for other in others if other.pk != item.pk and likeness(other)]
    found.sort(key=lambda other: (-likeness(other), -other.sold))  # stable: the rest as ranked
    return [other.pk for other in found[:count]]
