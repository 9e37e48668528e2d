"""Small SVG charts. Colours come from classes in static/src/data.css, so that they follow the
brand and the theme under a strict content security policy."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ui.formats import grouped

Point = tuple[str, Decimal | float | int]

WIDTH, HEIGHT = 640, 200
HEADROOM = 0.9  # the peak reaches this part of the height; .chart-top in data.css stands there


def area_chart(
    points: Sequence[Point], *, label: str, unit: str = "", places: int = 2
) -> SafeString:
    """A line over a filled area; `points` are (label, value), oldest first.

    The accessible name carries every value, since a picture without its numbers says nothing to
    a screen reader. Fewer than two points draw nothing: a caller shows the empty state.
    """
    if len(points) < 2:
        return SafeString("")
    top = max(max(float(value) for _, value in points) / HEADROOM, 1e-9)
    step = WIDTH / (len(points) - 1)
    at = [
        (round(index * step, 1), round(HEIGHT - max(float(value), 0) / top * HEIGHT, 1))
        for index, (_, value) in enumerate(points)
    ]
    texts = [f"{unit}{grouped(value, places)}" for _, value in points]
    line = "M" + " L".join(f"{x} {y}" for x, y in at)
    last = len(points) - 1
    top_text = f"{unit}{grouped(max(value for _, value in points), places)}"
    grid = format_html_join(
        "",
        '<line class="chart-grid" x1="0" x2="{}" y1="{}" y2="{}"/>',
        (
            (WIDTH, y, y)
            for y in (
                HEIGHT,
                round(HEIGHT * (1 - HEADROOM / 2), 1),
                round(HEIGHT * (1 - HEADROOM), 1),
            )
        ),
    )
    dots = format_html_join(
        "",
        '<path class="chart-hit" d="M{} {}h.01"><title>{} {}</title></path>',
        ((x, y, name, text) for (x, y), (name, _), text in zip(at, points, texts, strict=True)),
    )
    marks = sorted({round(last * k / 4) for k in range(5)})
    names = format_html_join("", "<span>{}</span>", ((points[i][0],) for i in marks))
    told = ", ".join(f"{name} {text}" for (name, _), text in zip(points, texts, strict=True))
    return format_html(
        '<figure class="chart" role="img" aria-label="{}: {}"><div class="chart-plot">'
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}'
        '<path class="chart-area" d="{} L{} {} L{} {} Z"/><path class="chart-line" d="{}"/>'
        '<path class="chart-end" d="M{} {}h.01"/>{}</svg><span class="chart-top">{}</span></div>'
        '<div class="chart-labels" aria-hidden="true">{}</div></figure>',
        label, told, WIDTH, HEIGHT, grid,
        line, at[-1][0], HEIGHT, at[0][0], HEIGHT, line,
        at[-1][0], at[-1][1], dots, top_text, names,
    )  # fmt: skip
