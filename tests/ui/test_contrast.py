"""Every pair of text and ground in the design tokens reaches WCAG AA, in both brands and themes."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "static" / "src" / "tokens.css"

TEXT_PAIRS = [
    *[(text, ground) for text in ("ink", "muted") for ground in ("canvas", "surface", "sunken")],
    *[("brand-ink", ground) for ground in ("canvas", "surface", "sunken", "brand-soft")],
    ("ink", "brand-soft"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-accent", "accent"),
    ("white", "hero"),
    ("white", "hero-glow"),
    *[(f"{tone}-ink", f"{tone}-soft") for tone in ("ok", "warn", "bad", "info")],
    *[(f"{tone}-ink", "surface") for tone in ("ok", "bad")],
]
# Borders that alone show where a control is: 3:1 (WCAG 1.4.11).
EDGE_PAIRS = [("edge", "surface"), ("bad", "surface"), ("brand", "surface")]


def read_tokens(brand: str, theme: str) -> dict[str, tuple[float, float, float]]:
    """The tokens as the browser would cascade them: shared, brand, then the dark ones of each."""
    tokens: dict[str, tuple[float, float, float]] = {}
    text = re.sub(r"/\*.*?\*/", "", TOKENS.read_text(), flags=re.S)
    for selector in ("[data-brand]", f'[data-brand="{brand}"]'):
        start = text.index(selector + " {") + len(selector) + 2
        depth, end = 1, start
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        block = text[start:end]
        dark = re.search(r"@variant dark \{(.*?)\}", block, re.S)
        light_text = re.sub(r"@variant \w+ \{.*?\}", "", block, flags=re.S)
        layers = [light_text, dark[1]] if theme == "dark" and dark else [light_text]
        for layer in layers:
            for name, lightness, chroma, hue in re.findall(
                r"--([\w-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)", layer
            ):
                tokens[name] = (float(lightness), float(chroma), float(hue))
            for name in re.findall(r"--([\w-]+): oklch\(1 0 0\)", layer):
                tokens[name] = (1.0, 0.0, 0.0)
    return tokens


def luminance(oklch: tuple[float, float, float]) -> float:
    lightness, chroma, hue = oklch
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    red, green, blue = (min(max(value, 0.0), 1.0) for value in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("brand", ["retail", "wholesale"])
def test_every_text_is_readable_on_its_ground(brand: str, theme: str) -> None:
    tokens = read_tokens(brand, theme)
    weak = {
        f"{text} on {ground}": round(contrast(tokens[text], tokens[ground]), 2)
        for text, ground in TEXT_PAIRS
        if contrast(tokens[text], tokens[ground]) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("brand", ["retail", "wholesale"])
def test_the_border_of_a_control_can_be_seen(brand: str, theme: str) -> None:
    tokens = read_tokens(brand, theme)
    weak = {
        f"{edge} on {ground}": round(contrast(tokens[edge], tokens[ground]), 2)
        for edge, ground in EDGE_PAIRS
        if contrast(tokens[edge], tokens[ground]) < 3
    }
    assert weak == {}
