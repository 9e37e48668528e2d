"""Small SVG charts. Colours come from classes in static/src/data.css, so that they follow the
brand and the theme under a strict content security policy."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ui.formats import grouped

Point = tuple[str, Decimal | float | int]

WIDTH, HEIGHT, PAD, LABELS = 640, 200, 8, 24


def area_chart(points: Sequence[Point], *, label: str, unit: str = "", places: int = 2) -> SafeString:
    """A line over a filled area; `points` are (label, value), oldest first.

    The accessible name carries every value, since a picture without its numbers says nothing to
    a screen reader. Fewer than two points draw nothing: a caller shows the empty state.
    """
    if len(points) < 2:
        return SafeString("")
    floor = HEIGHT - LABELS
    top = max(max(float(value) for _, value in points) * 1.15, 1e-9)
    step = (WIDTH - 2 * PAD) / (len(points) - 1)
    at = [
        (round(PAD + index * step, 1), round(floor - max(float(value), 0) / top * (floor - 12), 1))
        for index, (_, value) in enumerate(points)
    ]
    texts = [f"{unit}{grouped(value, places)}" for _, value in points]
    line = "M" + " L".join(f"{x} {y}" for x, y in at)
    last = len(points) - 1
    every = max(1, last // 4)
    grid = format_html_join(
        "",
        '<line class="chart-grid" x1="0" x2="{}" y1="{}" y2="{}"/>',
        ((WIDTH, y, y) for y in (round(floor - floor * k / 4, 1) for k in range(4))),
    )
    dots = format_html_join(
        "",
        '<circle class="chart-hit" cx="{}" cy="{}" r="9"><title>{} {}</title></circle>',
        ((x, y, name, text) for (x, y), (name, _), text in zip(at, points, texts, strict=True)),
    )
    names = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (
                at[i][0],
                HEIGHT - 4,
                "start" if i == 0 else "end" if i == last else "middle",
                points[i][0],
            )
            for i in range(0, last + 1, every)
            if i == last or last - i >= every or i == 0
        ),
    )
    told = ", ".join(f"{name} {text}" for (name, _), text in zip(points, texts, strict=True))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}: {}">{}'
        '<path class="chart-area" d="{} L{} {} L{} {} Z"/><path class="chart-line" d="{}"/>'
        '<circle class="chart-end" cx="{}" cy="{}" r="5"/>{}{}</svg>',
        WIDTH, HEIGHT, label, told, grid,
        line, at[-1][0], floor, at[0][0], floor, line,
        at[-1][0], at[-1][1], dots, names,
    )  # fmt: skip
