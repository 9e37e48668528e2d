"""Looking for goods: scenes, categories, search as one types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import Category, Product
from catalog.queries import products_on_shelf, visible_categories
from kalegou.ranking import by_relevance, with_sold
from kalegou.scenes import ShownScene, scene_of, shown_scenes
from kalegou.shelves import MAX_SEARCH_LENGTH, goods
from kalegou.topups import MAX_CODE_LENGTH
from kalegou.typed import typed
from kalegou.visitors import visitor_of

PAGE_SIZE = 24
SUGGESTED = 6
SORTS = ("", "sold")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows: of a scene or a category, found by a search, official ones only."""

    scene: ShownScene | None
    category: Category | None
    search: str
    is_official: bool
    sort: str

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or self.is_official)


@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """All goods, of one scene or category, or what a search finds while it is typed."""
    categories = visible_categories()
    scenes = shown_scenes(categories)
    wanted = _wanted(request, categories, scenes)
    visitor = visitor_of(request)
    page_obj = Paginator(_found(wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    shown: QuerySet[Product] = page_obj.object_list  # type: ignore[assignment]
    context = {
        "wanted": wanted,
        "q": wanted.search,
        "scenes": scenes,
        "siblings": _siblings(wanted, categories),
        "page_obj": page_obj,
        "goods": goods(shown, visitor.member),
    }
    is_part = request.headers.get("HX-Target") == "shelf"
    return render(request, "kalegou/_shelf.html" if is_part else "kalegou/products.html", context)


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """What the search field proposes while one types: the likeliest goods, as links."""
    search = typed(request.GET, "q", max_length=MAX_SEARCH_LENGTH).strip()
    visitor = visitor_of(request)
    found = by_relevance(products_on_shelf(search=search), search) if search else None
    context = {
        "q": search,
        "goods": goods(found[:SUGGESTED], visitor.member) if found is not None else [],
        "total": found.count() if found is not None else 0,
    }
    return render(request, "kalegou/_suggestions.html", context)


def _wanted(request: HttpRequest, categories: list[Category], scenes: list[ShownScene]) -> Wanted:
    code = typed(request.GET, "category", max_length=MAX_CODE_LENGTH)
    category = next((c for c in categories if c.code == code), None)
    if code and category is None:
        raise Http404(_("There is no such category."))
    scene_code = typed(request.GET, "scene", max_length=MAX_CODE_LENGTH)
    scene = next((one for one in scenes if one.scene.code == scene_code), None)
    if scene_code and scene is None:
        raise Http404(_("There is no such category."))
    if category is not None:
        scene = scene_of(category, scenes)
    sort = typed(request.GET, "sort", max_length=MAX_CODE_LENGTH)
    return Wanted(
        scene=scene,
        category=category,
        search=typed(request.GET, "q", max_length=MAX_SEARCH_LENGTH).strip(),
        is_official=request.GET.get("official") == "1",
        sort=sort if sort in SORTS else "",
    )


def _found(wanted: Wanted) -> QuerySet[Any]:
    found = products_on_shelf(
        category=wanted.category,
        search=wanted.search,
        is_official=True if wanted.is_official else None,
    )
    if wanted.scene is not None and wanted.category is None:
        found = found.filter(wanted.scene.condition)
    if wanted.sort == "sold":
        return with_sold(found).order_by("-sold", "position", "pk")
    if wanted.search:
        return by_relevance(found, wanted.search)
    return found.order_by("category__tree_id", "category__lft", "position", "pk")


def _siblings(wanted: Wanted, categories: list[Category]) -> list[Category]:
    """The categories to narrow the list to: those of the scene; all first ones without a scene."""
    if wanted.scene is None:
        return [c for c in categories if c.parent_id is None]
    inside = [c for c in categories if c.pk in wanted.scene.category_ids]
    parents = {c.parent_id for c in inside}
    return [c for c in inside if c.pk not in parents]
