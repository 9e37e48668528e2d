"""The small scripts, in a real browser: typing, stepping, asking before sending."""

from __future__ import annotations

from pathlib import Path

import pytest
from django import forms
from playwright.sync_api import Page, expect

from ui.widgets import PasswordInput, PhoneInput, StepperInput

pytestmark = pytest.mark.e2e

SCRIPTS = Path(__file__).parents[2] / "static" / "js"


class Sample(forms.Form):
    phone = forms.CharField(widget=PhoneInput)
    quantity = forms.IntegerField(min_value=1, max_value=3, initial=2, widget=StepperInput)
    password = forms.CharField(widget=PasswordInput)


def show(page: Page, body: str, *scripts: str) -> None:
    """A page of its own address, so that forms and storage behave as on the site."""
    page.route(
        "http://shop.test/**", lambda route: route.fulfill(body=body, content_type="text/html")
    )
    page.goto("http://shop.test/")
    for script in scripts:
        page.add_script_tag(path=SCRIPTS / f"{script}.js", type="module")


def test_a_number_is_grouped_while_it_is_typed(page: Page) -> None:
    show(page, str(Sample()), "phone-field")
    field = page.locator("#id_phone")
    field.press_sequentially("13826507719")
    expect(field).to_have_value("138 2650 7719")


def test_the_caret_stays_where_a_digit_was_put(page: Page) -> None:
    show(page, str(Sample()), "phone-field")
    field = page.locator("#id_phone")
    field.press_sequentially("1382650771")
    for _ in range(8):
        field.press("ArrowLeft")
    field.press("9")
    expect(field).to_have_value("138 9265 0771")
    assert field.evaluate("input => input.selectionStart") == 5


@pytest.mark.parametrize("pasted", ["+86 138-2650-7719", "008613826507719", "138 2650 7719"])
def test_a_pasted_number_loses_its_country_code(page: Page, pasted: str) -> None:
    show(page, str(Sample()), "phone-field")
    page.locator("#id_phone").fill(pasted)
    expect(page.locator("#id_phone")).to_have_value("138 2650 7719")


def test_letters_are_left_for_the_server_to_refuse(page: Page) -> None:
    show(page, str(Sample()), "phone-field")
    page.locator("#id_phone").fill("call me")
    expect(page.locator("#id_phone")).to_have_value("call me")


def test_the_stepper_stops_at_the_limits_of_its_field(page: Page) -> None:
    show(page, str(Sample()), "stepper")
    for _ in range(4):
        page.locator("[data-step='1']").click()
    expect(page.locator("#id_quantity")).to_have_value("3")
    for _ in range(4):
        page.locator("[data-step='-1']").click()
    expect(page.locator("#id_quantity")).to_have_value("1")


def test_a_password_can_be_shown(page: Page) -> None:
    show(page, str(Sample()), "reveal")
    page.locator("[data-show-password]").click()
    expect(page.locator("#id_password")).to_have_attribute("type", "text")


CANCEL = """
<form method="post" action="/cancelled"
  data-confirm="¥98.50 comes back." data-confirm-ok="Cancel it"><button>Cancel order</button></form>
<dialog id="confirm"><form method="dialog"><p data-confirm-text></p><button value="no">No</button>
<button value="yes" data-confirm-ok data-default="Yes">Yes</button></form></dialog>
"""


def test_a_form_asks_before_it_is_sent(page: Page) -> None:
    show(page, CANCEL, "dialog", "submit")
    page.get_by_role("button", name="Cancel order").click()
    expect(page.locator("dialog")).to_contain_text("¥98.50 comes back.")
    page.get_by_role("button", name="No").click()
    expect(page).to_have_url("http://shop.test/")
    page.get_by_role("button", name="Cancel order").click()
    page.get_by_role("button", name="Cancel it").click()
    expect(page).to_have_url("http://shop.test/cancelled")


def test_codes_are_copied_one_a_line_even_without_a_clipboard_interface(page: Page) -> None:
    # Plain http has no navigator.clipboard: this is the fallback.
    show(
        page,
        '<ul id="codes"><li data-code="A1 s1"></li><li data-code="A2 s2"></li></ul>'
        '<button data-copy-codes="#codes">Copy</button><textarea></textarea>',
        "copy",
    )
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("button")).to_have_attribute("data-copied", "")
    page.locator("textarea").focus()
    page.keyboard.press("Control+V")
    expect(page.locator("textarea")).to_have_value("A1 s1\nA2 s2")
