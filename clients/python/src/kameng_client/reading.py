"""Reading JSON strictly: each member by its type, BadAnswer for anything else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn

from kameng_client.errors import BadAnswer

_AMOUNT = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,4})?", re.ASCII)


class Document:
    """One JSON object."""

    def __init__(self, members: Mapping[str, object]) -> None:
        self._members = members

    @classmethod
    def parse(cls, body: bytes) -> Document:
        try:
            found = json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise BadAnswer("unreadable") from None
        return cls.of(found)

    @classmethod
    def of(cls, value: object) -> Document:
        if not isinstance(value, dict):
            raise BadAnswer("unreadable")
        return cls(value)

    def text(self, name: str) -> str:
        value = self._members.get(name)
        return value if isinstance(value, str) else _bad()

    def text_or_none(self, name: str) -> str | None:
        return None if self._members.get(name) is None else self.text(name)

    def whole(self, name: str) -> int:
        value = self._members.get(name)
        return value if type(value) is int else _bad()

    def whole_or_none(self, name: str) -> int | None:
        return None if self._members.get(name) is None else self.whole(name)

    def truth(self, name: str) -> bool:
        value = self._members.get(name)
        return value if isinstance(value, bool) else _bad()

    def amount(self, name: str) -> Decimal:
        text = self.text(name)
        return Decimal(text) if _AMOUNT.fullmatch(text) else _bad()

    def amount_or_none(self, name: str) -> Decimal | None:
        return None if self._members.get(name) is None else self.amount(name)

    def moment(self, name: str) -> datetime:
        try:
            found = datetime.fromisoformat(self.text(name))
        except ValueError:
            _bad()
        return found if found.tzinfo is not None else _bad()

    def moment_or_none(self, name: str) -> datetime | None:
        return None if self._members.get(name) is None else self.moment(name)

    def day_or_none(self, name: str) -> date | None:
        if self._members.get(name) is None:
            return None
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            _bad()

    def texts(self, name: str) -> Mapping[str, str]:
        value = self._members.get(name)
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            _bad()
        return value

    def lists(self) -> Mapping[str, Sequence[str]]:
        """Members that are lists of texts."""
        found = {}
        for name, value in self._members.items():
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                _bad()
            found[name] = value
        return found

    def part(self, name: str) -> Document:
        return Document.of(self._members.get(name))

    def part_or_none(self, name: str) -> Document | None:
        return None if self._members.get(name) is None else self.part(name)

    def parts(self, name: str) -> Sequence[Document]:
        value = self._members.get(name)
        return [Document.of(one) for one in value] if isinstance(value, list) else _bad()


def _bad() -> NoReturn:
    raise BadAnswer("unreadable")
