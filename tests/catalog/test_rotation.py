from __future__ import annotations

import base64
import io
import os

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from catalog.models import Card
from catalog.rotation import CARDS, reseal
from catalog.sealing import current_key_id, unseal_card
from suppliers.models import Supplier
from suppliers.registry import config_of
from suppliers.services import set_secrets
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(settings: Settings) -> list[str]:
    """An old and a new key; the old one is in use."""
    pair = [base64.urlsafe_b64encode(os.urandom(32)).decode() for _ in range(2)]
    settings.CARD_KEYS = pair[:1]
    return pair


def secrets_of_cards() -> set[str]:
    return {unseal_card(card.sealed, card.fingerprint).secret for card in Card.objects.all()}


def test_after_a_rotation_the_old_key_can_be_dropped(keys: list[str], settings: Settings) -> None:
    world.stock_cards(world.make_sku(), 30)
    supplier = Supplier.objects.create(code="acme", name="Acme", adapter="fulu")
    set_secrets(supplier=supplier, secrets={"app_key": "k"}, actor=None)
    before = secrets_of_cards()
    old, new = keys
    settings.CARD_KEYS = [new, old]

    call_command("rotate_card_keys", stdout=io.StringIO())

    settings.CARD_KEYS = [new]
    assert secrets_of_cards() == before
    supplier.refresh_from_db()
    assert config_of(supplier).secrets == {"app_key": "k"}


def test_a_rotation_that_was_stopped_goes_on_where_it_was(
    keys: list[str], settings: Settings
) -> None:
    world.stock_cards(world.make_sku(), 30)
    settings.CARD_KEYS = keys[::-1]
    next(reseal(CARDS, batch_size=10))

    *_, progress = reseal(CARDS, batch_size=10)

    assert progress.resealed_count == 20
    assert all(bytes(card.sealed).startswith(current_key_id()) for card in Card.objects.all())


def test_a_card_that_can_not_be_unsealed_is_named_and_left_alone(
    keys: list[str], settings: Settings
) -> None:
    world.stock_cards(world.make_sku(), 3)
    broken = Card.objects.order_by("pk")[1]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_card SET sealed = sealed || '\\x00' WHERE id = %s", [broken.pk]
        )
    settings.CARD_KEYS = keys[::-1]
    errors = io.StringIO()

    with pytest.raises(CommandError, match="1 values can't be unsealed"):
        call_command("rotate_card_keys", stdout=io.StringIO(), stderr=errors)

    assert str(broken.pk) in errors.getvalue()
    others = Card.objects.exclude(pk=broken.pk)
    assert all(bytes(card.sealed).startswith(current_key_id()) for card in others)
