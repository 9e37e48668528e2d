"""Price and stock changes since a cursor."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kameng.api import examples
from kameng.api.describing import answer, call
from kameng.api.errors import CursorExpired, Invalid, TermsChanged
from kameng.api.inputs import PageInput, read_page_query
from kameng.api.serializers import ProductSerializer
from kameng.api.views import SignedView
from kameng.queries.feed import changes_since, terms_of
from kameng.services.feed import refresh_feed

CURSOR_SECONDS = 30 * 24 * 3600
_SALT = "kameng.api.cursor.changes"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the feed, and the terms of the agent who read up to it."""

    seq: int
    terms: str

    def text(self) -> str:
        return signing.dumps([self.seq, self.terms, int(time.time())], salt=_SALT)

    @classmethod
    def parse(cls, text: str, terms: str) -> Cursor:
        """Raises Invalid, CursorExpired, or TermsChanged when the terms aren't those any more."""
        try:
            seq, then, issued_at = signing.loads(text, salt=_SALT)
        except (signing.BadSignature, ValueError, TypeError):
            raise Invalid(
                {"cursor": [_("This is not a cursor of this list. Take it from `next`.")]}
            ) from None
        if time.time() - issued_at > CURSOR_SECONDS:
            raise CursorExpired
        if then != terms:
            raise TermsChanged
        return cls(seq, terms)


class ChangeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    on_sale = serializers.BooleanField(help_text=_("false: take it off your shelf."))
    product = ProductSerializer(allow_null=True, help_text=_("As it is now, at your price."))


class ChangesPage(serializers.Serializer[Any]):
    results = ChangeSerializer(many=True)
    next = serializers.CharField(help_text=_("Keep it, and ask with it the next time."))
    has_more = serializers.BooleanField(help_text=_("true: ask again at once."))


list_changes = call(
    operation_id="list_changes",
    summary=_("What changed"),
    description=_(
        "SKUs whose price, stock or description changed since a cursor, each as it is now at your"
        " price; also what left the shelf. Without a cursor: all of them. Keep `next` and ask with"
        " it, every minute or so; changes show up within seconds, at the latest with the next call."
        " A SKU that changes often comes once. A cursor lives 30 days, and ends when all your"
        " prices change at once (your tier, an upline's terms): the answer is then"
        " `cursor_expired`. Start again without a cursor, and take off your shelf whatever you"
        " don't get."
    ),
    answers={
        200: answer(
            ChangesPage,
            _("Changes, oldest first."),
            changes=examples.CHANGES,
            nothing=examples.NO_CHANGES,
        )
    },
    errors=("cursor_expired", "invalid"),
    parameters=[PageInput],
)


class ChangesView(SignedView):
    works_in_sandbox = True

    @list_changes
    def get(self, request: Request) -> Response:
        asked = read_page_query(request.query_params)
        # Before any price is read: should the terms change meanwhile, the next call says so.
        terms = terms_of(self.agent)
        since = Cursor.parse(asked.cursor, terms) if asked.cursor else Cursor(0, terms)
        refresh_feed()
        page = changes_since(self.agent, since.seq, limit=asked.limit)
        return Response(
            {
                "results": ChangeSerializer(page.results, many=True).data,
                "next": Cursor(page.last_seq, terms).text(),
                "has_more": page.has_more,
            }
        )
