"""How forms are rendered everywhere: settings.FORM_RENDERER = "ui.forms.Renderer"."""

from __future__ import annotations

from django.forms.renderers import DjangoTemplates


class Renderer(DjangoTemplates):
    """`{{ form }}` and `{{ field.as_field_group }}` in the base design.

    Only the frames are replaced; Django's own widget templates stay, because the admin uses them.
    """

    form_template_name = "ui/forms/form.html"
    field_template_name = "ui/forms/field.html"
