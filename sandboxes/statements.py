"""Daily statements as a sandbox hands them out: a CSV of each day, and a page of all days."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from html import escape

from starlette.responses import HTMLResponse, Response

BEIJING = timezone(timedelta(hours=8))
ENCODINGS = ("utf-8", "gbk")
_PAGE = """<!doctype html><html lang="zh-Hans"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>
<style>body{{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;
color-scheme:light dark}}td,th{{padding:.3rem 1.2rem .3rem 0;text-align:start}}</style>
<h1>{title}</h1><p>{text}</p>
<table><tr><th>账户 Account<th>日期 Day<th>CSV</tr>{rows}</table></html>
"""


def day_at(seconds: float) -> date:
    """The day of a moment, by the clock that statements go by."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING).date()


def time_at(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def csv_answer(
    name: str, heading: Sequence[str], rows: Iterable[Sequence[str]], encoding: str
) -> Response:
    """A CSV download in UTF-8 (with the mark that Excel wants) or GBK."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(heading)
    writer.writerows(rows)
    codec = "gb18030" if encoding == "gbk" else "utf-8-sig"
    return Response(
        written.getvalue().encode(codec),
        media_type=f"text/csv; charset={encoding}",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def index_page(title: str, text: str, days: Mapping[str, Iterable[date]]) -> Response:
    """Every account's days, the newest first, each as a download in both encodings."""
    rows = "".join(
        f"<tr><td>{escape(account)}<td>{day}<td>"
        + " · ".join(
            f'<a href="/statements/{escape(account)}/{day}.csv?encoding={encoding}">{encoding}</a>'
            for encoding in ENCODINGS
        )
        for account, of_account in days.items()
        for day in sorted(of_account, reverse=True)
    )
    return HTMLResponse(_PAGE.format(title=escape(title), text=escape(text), rows=rows))


def wanted_day(text: str) -> date | None:
    """The day of an address, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
