"""What pages about codes need to know of the machine they run on."""

from __future__ import annotations

from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse

register = template.Library()


@register.simple_tag
def test_phone_address(phone: str) -> str:
    """Where a development server shows what it would have sent; "" anywhere else."""
    if not settings.DEVELOPMENT or settings.TEXT_BACKEND != "console":
        return ""
    return f"{reverse('users:test_phone')}?{urlencode({'phone': phone})}"
