"""Codes by e-mail, for whoever has no contract for text messages."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation

from users.texts.backend import TextMessage, TextNotSent
from users.texts.words import subject_of, text_of


class EmailTexts:
    """To the address of the account, or the one left with the order; none: nothing is sent."""

    def send(self, message: TextMessage) -> str:
        if not message.email:
            raise TextNotSent("no_address", may_retry=False)
        with translation.override(settings.LANGUAGE_CODE):
            mail = EmailMessage(subject_of(message), text_of(message), to=[message.email])
        try:
            mail.send()
        except (OSError, smtplib.SMTPException) as failure:
            raise TextNotSent(type(failure).__name__, may_retry=True) from None
        return ""
