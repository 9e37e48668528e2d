"""What people can be told of (settings.NOTICE_KINDS): each kind makes a sentence of its facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:  # only the stubs know it
    from django.utils.functional import _StrPromise

    _Text = str | _StrPromise


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One kind of notice.

    `code` is "<storefront>.<what>" and stable: rows keep it. `title` and `text` are translated and
    filled in with the facts when they are shown. `view` is the page that it is about, `view_args`
    name the facts in its address. `topic` heads the kind on the page of choices, where `name` says
    when one is told. `is_required`: it is always in the inbox, since it is about the person's
    money or account.
    """

    code: str
    topic: _Text
    name: _Text
    title: _Text
    text: _Text
    icon: str = "bell"
    tone: str = "info"
    view: str = ""
    view_args: tuple[str, ...] = ()
    is_mailed: bool = True
    is_required: bool = False

    @property
    def audience(self) -> str:
        return self.code.partition(".")[0]


@cache
def _kinds() -> dict[str, NoticeKind]:
    listed: list[NoticeKind] = []
    for path in settings.NOTICE_KINDS:
        listed += import_string(path)
    kinds = {kind.code: kind for kind in listed}
    assert len(kinds) == len(listed), "two kinds of notices have one code"
    return kinds


def kind_of(code: str) -> NoticeKind:
    return _kinds()[code]


def known(code: str) -> NoticeKind | None:
    """For rows: a kind may have been dropped since."""
    return _kinds().get(code)


def kinds_for(audience: str) -> Sequence[NoticeKind]:
    return [kind for kind in _kinds().values() if kind.audience == audience]
