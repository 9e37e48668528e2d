"""The SKU that the open API looks up by a prepared statement is the ORM's own."""

from __future__ import annotations

import pytest
from django.forms import model_to_dict

from catalog.by_code import sku_by_code
from catalog.models import SKU
from tests import world

pytestmark = pytest.mark.django_db


def test_it_is_the_same_as_by_the_orm_with_its_product(django_assert_num_queries) -> None:
    made = world.make_sku(list_price="99.50")
    with django_assert_num_queries(1):
        found = sku_by_code(made.code)
        assert found is not None
        assert found.product.code
    stored = SKU.objects.select_related("product").get(pk=made.pk)
    assert (found, found.product) == (stored, stored.product)
    assert model_to_dict(found) == model_to_dict(stored)
    assert model_to_dict(found.product) == model_to_dict(stored.product)


def test_what_was_changed_a_moment_ago_is_seen() -> None:
    made = world.make_sku()
    assert sku_by_code(made.code) is not None
    SKU.objects.filter(pk=made.pk).update(is_on_sale=False)
    found = sku_by_code(made.code)
    assert found is not None
    assert not found.is_on_sale


def test_an_unknown_code_is_none() -> None:
    assert sku_by_code("no-such") is None
