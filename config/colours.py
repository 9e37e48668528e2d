"""The back office's colour: the wholesale portal's blue, in the shades that Unfold wants."""

from __future__ import annotations

_SHADES = {
    "50": (97.2, 0.012),
    "100": (94.2, 0.026),
    "200": (89.0, 0.05),
    "300": (81.5, 0.085),
    "400": (71.0, 0.125),
    "500": (61.0, 0.145),
    "600": (53.0, 0.145),
    "700": (46.5, 0.128),
    "800": (40.5, 0.105),
    "900": (35.5, 0.083),
    "950": (27.0, 0.06),
}
_HUE = 250

BLUE = {name: f"oklch({light}% {chroma} {_HUE})" for name, (light, chroma) in _SHADES.items()}
