"""A form of the base design says what is wrong beside the field, in a summary, and to screen
readers; hostile input stays text."""

from __future__ import annotations

from django import forms
from django.template.loader import render_to_string
from django.utils import translation

from ui.charts import area_chart
from ui.widgets import PhoneInput, SegmentedSelect


class TopUp(forms.Form):
    phone = forms.CharField(label="Number", help_text="11 digits", widget=PhoneInput(large=True))
    speed = forms.ChoiceField(
        label="Speed", choices=[("fast", "Fast"), ("slow", "Slow")], widget=SegmentedSelect
    )
    note = forms.CharField(label="Note", required=False)


def test_an_error_stands_beside_its_field_and_in_the_summary() -> None:
    form = TopUp({"phone": "", "speed": "fast"})
    html = str(form)
    assert 'role="alert"' in html
    assert '<a href="#id_phone">Number:' in html
    assert '<p class="field-error" id="id_phone_error">' in html
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in html
    assert 'aria-invalid="true"' in html


def test_the_summary_leads_to_the_first_choice_of_a_group() -> None:
    assert '<a href="#id_speed_0">Speed:' in str(TopUp({"phone": "13826507719"}))


def test_an_untouched_form_has_no_summary() -> None:
    assert "error-summary" not in str(TopUp())


def test_only_optional_fields_say_so() -> None:
    with translation.override("en"):
        html = str(TopUp())
    assert html.count('<span class="optional">optional</span>') == 1


def test_what_was_typed_is_kept_and_escaped() -> None:
    html = str(TopUp({"phone": '"><script>alert(1)</script>', "speed": "slow"}))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert 'value="slow" class' in html or 'value="slow"' in html


def test_a_chart_tells_its_numbers_and_escapes_its_names() -> None:
    svg = area_chart([("<b>", 1), ("Tue", 3)], label="Spent", unit="¥")
    assert 'aria-label="Spent: &lt;b&gt; ¥1.00, Tue ¥3.00"' in svg
    assert "<b>" not in svg


def test_a_chart_of_one_point_or_of_zeros_does_not_break() -> None:
    assert area_chart([("Mon", 1)], label="Spent") == ""
    assert "NaN" not in area_chart([("Mon", 0), ("Tue", 0)], label="Spent")


def test_the_page_for_our_own_faults_needs_no_context() -> None:
    assert 'data-brand="retail"' in render_to_string("500.html")
