"""How fast customer service really answers: what is promised, measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from kalegou.service_promises import FIRST_ANSWER_WITHIN


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """Of the tickets written in a period: `count` were answered, or wait longer than promised.

    Seconds are from the ticket to the first answer by a person; None when there was no ticket.
    `within_promise` is the share (0 to 1) that was answered in time.
    """

    count: int
    median_seconds: float | None
    p95_seconds: float | None
    within_promise: float | None
    promise_seconds: float = FIRST_ANSWER_WITHIN.total_seconds()


# Whoever still waits, and has for longer than promised, counts with the time waited so far: a queue
# that nobody works on must not look fast. Closed without an answer: nobody wanted one any more.
_MEASURED = """
WITH answered AS (
    SELECT extract(epoch FROM coalesce(first_answer_at, %(now)s) - created_at) AS seconds
    FROM kalegou_ticket
    WHERE created_at >= %(since)s AND created_at < %(until)s
      AND (first_answer_at IS NOT NULL
           OR (status = 'waiting' AND created_at < %(now)s - make_interval(secs => %(promise)s)))
)
SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds),
       avg((seconds <= %(promise)s)::int)
FROM answered
"""


def first_answers(*, since: datetime, until: datetime | None = None) -> FirstAnswers:
    """Measured over the tickets written from `since` until `until` (now). One query, by index."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _MEASURED,
            {
                "now": now,
                "since": since,
                "until": until or now,
                "promise": FIRST_ANSWER_WITHIN.total_seconds(),
            },
        )
        count, median, p95, share = cursor.fetchone()
    return FirstAnswers(
        count=count,
        median_seconds=_number(median),
        p95_seconds=_number(p95),
        within_promise=_number(share),
    )


def first_answers_of_days(days: int) -> FirstAnswers:
    """The same for the last `days` days."""
    return first_answers(since=timezone.now() - timedelta(days=days))


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
