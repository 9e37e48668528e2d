"""Rules of passwords whose words Django brings in English only."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext, ngettext


class MinimumLength(MinimumLengthValidator):
    """At least 8 characters (or OPTIONS min_length)."""

    def get_error_message(self) -> str:
        return ngettext(
            "At least %(count)d character, please.",
            "At least %(count)d characters, please.",
            self.min_length,
        ) % {"count": self.min_length}

    def get_help_text(self) -> str:
        return gettext("At least %(count)d characters.") % {"count": self.min_length}
