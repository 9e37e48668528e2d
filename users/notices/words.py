"""A notice as it is read: title, sentence, and the page that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse

from users.models import Notice
from users.notices.facts import shown
from users.notices.kinds import NoticeKind, known


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    text: str
    address: str  # "" when there is no page about it


@dataclass(frozen=True, slots=True)
class Told:
    """One row of the inbox. `address` is "" when there is no page about it."""

    pk: int
    title: str
    text: str
    address: str
    icon: str
    tone: str
    at: datetime
    is_read: bool


class _Facts(dict[str, str]):
    """A sentence may have learnt a word after the notice was written."""

    def __missing__(self, name: str) -> str:
        return "—"


def words_of(kind: NoticeKind, facts: Mapping[str, Any]) -> Words:
    """The sentences in the language of now; `facts` as they are stored."""
    said = _Facts(shown(facts))
    return Words(str(kind.title) % said, str(kind.text) % said, _address(kind, said))


def _address(kind: NoticeKind, said: Mapping[str, str]) -> str:
    if not kind.view:
        return ""
    try:
        return reverse(kind.view, args=[said[name] for name in kind.view_args])
    except NoReverseMatch:
        return ""


def told_of(notice: Notice) -> Told:
    kind = known(notice.kind)
    words = words_of(kind, notice.facts) if kind else Words(notice.kind, "", "")
    return Told(
        pk=notice.pk,
        title=words.title,
        text=words.text,
        address=words.address,
        icon=kind.icon if kind else "bell",
        tone=kind.tone if kind else "mute",
        at=notice.created_at,
        is_read=notice.read_at is not None,
    )
