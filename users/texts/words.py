"""A message with a code as it is read, where we write it ourselves."""

from __future__ import annotations

from django.utils.translation import gettext as _

from users.models import CodePurpose
from users.texts.backend import TextMessage


def subject_of(message: TextMessage) -> str:
    return _("Your code: %(code)s") % {"code": message.code}


def text_of(message: TextMessage) -> str:
    """Chinese or English, as the surrounding language is."""
    purpose = CodePurpose(message.purpose).label
    return _(
        "%(code)s is your code for %(purpose)s, good for %(minutes)d minutes. Tell it to nobody:"
        " we never ask for it."
    ) % {"code": message.code, "purpose": purpose, "minutes": message.minutes}
