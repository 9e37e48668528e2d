"""The scenes of the front page with the categories behind each (models/scenes.py)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Q

from catalog.models import Category
from catalog.queries import visible_categories
from kalegou.models import Scene


@dataclass(frozen=True, slots=True)
class ShownScene:
    """A scene and the visible categories that belong to it, with everything below them."""

    scene: Scene
    roots: tuple[Category, ...]
    category_ids: frozenset[int]

    @property
    def condition(self) -> Q:
        """For a queryset of products."""
        return Q(category__in=self.category_ids)

    @property
    def picture(self) -> str:
        return f"kalegou/scenes/{self.scene.icon}.svg"


def shown_scenes(categories: Sequence[Category] | None = None) -> list[ShownScene]:
    """Visible scenes that have a visible category, in their order. Three queries at most."""
    visible = visible_categories() if categories is None else categories
    found = []
    for scene in Scene.objects.filter(is_visible=True).prefetch_related("categories"):
        chosen = {category.pk for category in scene.categories.all()}
        roots = tuple(one for one in visible if one.pk in chosen)
        if roots:
            found.append(ShownScene(scene, roots, _below(visible, roots)))
    return found


def scene_of(category: Category, scenes: Sequence[ShownScene]) -> ShownScene | None:
    """The first scene that a category belongs to."""
    return next((scene for scene in scenes if category.pk in scene.category_ids), None)


def _below(visible: Sequence[Category], roots: Collection[Category]) -> frozenset[int]:
    return frozenset(
        one.pk
        for one in visible
        for root in roots
        if one.tree_id == root.tree_id and root.lft <= one.lft and one.rght <= root.rght
    )
