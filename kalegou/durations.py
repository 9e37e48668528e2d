"""Lengths of time as people say them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def duration(seconds: float) -> str:
    """A length of time as people say it: `0.4 seconds`, `12 seconds`, `3 minutes`."""
    if seconds < 10:
        return _("%(count)s seconds") % {"count": f"{max(seconds, 0.1):.1f}"}
    if seconds < 120:
        return _("%(count)s seconds") % {"count": round(seconds)}
    if seconds < 2 * 3600:
        minutes = round(seconds / 60)
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = round(seconds / 3600)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
