"""The page of choices: two boxes a kind, grouped by topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from users.models import User
from users.notices.kinds import NoticeKind, kinds_for
from users.notices.services import Ways, all_ways


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    kind: NoticeKind
    ways: Ways


@dataclass(frozen=True, slots=True)
class TopicRows:
    name: str
    rows: list[ChoiceRow]


def rows_of_choices(user: User, audience: str) -> list[TopicRows]:
    """The kinds of a storefront under their topics, in the order in which the app lists them."""
    ways = all_ways(user, audience)
    topics: dict[str, TopicRows] = {}
    for kind in kinds_for(audience):
        name = str(kind.topic)
        topics.setdefault(name, TopicRows(name, [])).rows.append(ChoiceRow(kind, ways[kind.code]))
    return list(topics.values())


def chosen_ways(posted: QueryDict, audience: str) -> Mapping[str, Ways]:
    """A box that isn't ticked isn't sent."""
    return {
        kind.code: Ways(
            in_inbox=f"inbox:{kind.code}" in posted or kind.is_required,
            by_mail=f"mail:{kind.code}" in posted,
        )
        for kind in kinds_for(audience)
    }
