"""The base of every error that a person can cause."""

from __future__ import annotations

from django.utils.functional import Promise


class PersonError(Exception):
    """Something a person asked for that can't be done, told in plain words.

    `code` is stable: programs switch on it. `message` is for people: what happened, and what to
    do next. `field` names the form or API field that is at fault, if one is. Raising it inside a
    service rolls the service's transaction back: nothing was charged.
    """

    code = "invalid"
    status = 422
    message: str | Promise = ""

    def __init__(
        self, message: str | Promise | None = None, *, field: str | None = None, **details: object
    ) -> None:
        self.message = message if message is not None else self.message
        self.field = field
        self.details = details
        super().__init__(str(self.message) or self.code)

    def __str__(self) -> str:
        return str(self.message)
