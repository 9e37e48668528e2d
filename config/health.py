"""`/healthz/`: 200 when the database and the broker answer, 503 with what does not."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.broker import ask_once

TIMEOUT_SECONDS = 2


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Ask both servers a trivial question; name what does not answer, never why (no addresses)."""
    answers = {"database": _database_answers(), "broker": _broker_answers()}
    healthy = all(answers.values())
    return JsonResponse(
        {
            "status": "ok" if healthy else "unavailable",
            **{name: "ok" if ok else "unavailable" for name, ok in answers.items()},
        },
        status=200 if healthy else 503,
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except Error:
        connection.close()
        return False


def _broker_answers() -> bool:
    try:
        client = ask_once(settings.REDIS_URL, timeout_seconds=TIMEOUT_SECONDS)
        with client:
            return bool(client.ping())
    except redis.RedisError:
        return False
