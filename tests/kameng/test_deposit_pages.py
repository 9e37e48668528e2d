"""Paying in: what is refused before anybody is sent to a cashier."""

from __future__ import annotations

import pytest
from django.urls import reverse

from payments.models import Payment
from tests import world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("", "Enter an amount."),
        ("abc", "Enter an amount, for example 500."),
        ("0", "Enter an amount between"),
        ("-5", "Enter an amount between"),
        ("50000.01", "Enter an amount between"),
        ("10.005", "Enter an amount between"),
        ("NaN", "Enter an amount, for example 500."),
        ("1e99", "Ensure that there are no more than"),
    ],
)
def test_a_wrong_amount_is_told_beside_the_field_and_kept(browser, chain, amount, told) -> None:
    answer = browser(chain[2]).post(
        reverse("kameng:deposit"), {"amount": amount, "gateway": "sandbox"}
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    assert told in html
    if amount:
        assert f'value="{amount}"' in html
    assert not Payment.objects.exists()


def test_an_unknown_payment_method_is_refused(browser, chain) -> None:
    answer = browser(chain[2]).post(
        reverse("kameng:deposit"), {"amount": "10", "gateway": "bitcoin"}
    )
    assert "Choose one of the payment methods." in answer.content.decode()
    assert not Payment.objects.exists()


def test_a_gateway_that_does_not_answer_charges_nothing_and_keeps_the_amount(
    browser, chain, settings
) -> None:
    settings.PAYMENT_SANDBOX_URL = "http://127.0.0.1:9"  # nobody listens there
    answer = browser(chain[2]).post(
        reverse("kameng:deposit"), {"amount": "10", "gateway": "sandbox"}
    )
    html = answer.content.decode()
    assert answer.status_code == 503
    assert "Nothing was charged" in html
    assert 'value="10"' in html


def test_the_result_page_shows_ones_own_deposits_only(browser, chain) -> None:
    Payment.objects.create(
        payment_no="P1",
        purpose="deposit",
        purpose_ref="wholesale",
        payer=chain[1].user,
        gateway="sandbox",
        amount=77,
        subject="x",
        return_path="/",
        expires_at="2030-01-01T00:00:00Z",
    )
    address = reverse("kameng:deposit_result")
    mine = browser(chain[1]).get(address).content.decode()
    assert "Waiting for your payment of ¥77.00" in mine
    assert "every 2s" in mine
    assert browser(chain[2]).get(address)["Location"] == reverse("kameng:deposit")
    Payment.objects.update(status="settled")
    done = browser(chain[1]).get(address).content.decode()
    assert "¥77.00 is in your balance" in done
    assert "every 2s" not in done
    assert world.books_are_clean()
