from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The shared look: form fields, template tags, charts. Knows nothing of the business."""

    name = "ui"
