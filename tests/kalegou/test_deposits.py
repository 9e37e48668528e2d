"""Putting money into the wallet."""

from __future__ import annotations

import pytest

from payments.models import Payment
from tests.kalegou import shop
from tests.sandboxes import SandboxProcess

pytestmark = pytest.mark.django_db
PAGE = "/kalegou/account/wallet/"


@pytest.mark.parametrize(
    "amount", ["", "0", "-5", "0.001", "1e99", "NaN", "50000.01", "abc", "<b>", "１００元"]
)
def test_a_wrong_amount_is_refused_beside_the_field_and_kept(client, amount) -> None:
    shop.log_in(client, shop.make_member())
    answer = client.post(PAGE, {"amount": amount, "gateway": "sandbox"})
    assert answer.status_code == 422
    assert 'id="id_amount_error"' in answer.content.decode()
    assert not Payment.objects.exists()


def test_a_deposit_goes_to_the_cashier_and_is_remembered(
    client, payment_sandbox: SandboxProcess, settings
) -> None:
    settings.PAYMENT_SANDBOX_URL = payment_sandbox.base_url
    member = shop.make_member()
    shop.log_in(client, member)
    answer = client.post(PAGE, {"amount": "99.50", "gateway": "sandbox"})
    assert answer.headers["Location"].startswith(payment_sandbox.base_url)
    assert (Payment.objects.get().payer, str(Payment.objects.get().amount)) == (
        member.user,
        "99.5000",
    )
    assert "99.50" in shop.text_of(client.get(PAGE).content)


def test_an_unknown_gateway_is_refused(client) -> None:
    shop.log_in(client, shop.make_member())
    assert client.post(PAGE, {"amount": "10", "gateway": "x"}).status_code == 422
    assert not Payment.objects.exists()
