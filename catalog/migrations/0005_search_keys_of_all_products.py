"""Give every product what it is found by: so far only saving one did.

Also new since then: the names of the categories that it lies in.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

from catalog.search_keys import product_key


def fill(apps: Any, schema_editor: Any) -> None:
    product_model = apps.get_model("catalog", "Product")
    categories = {one.pk: one for one in apps.get_model("catalog", "Category").objects.all()}
    changed = []
    for product in product_model.objects.prefetch_related("skus").iterator(chunk_size=500):
        above, names = categories[product.category_id], []
        while above is not None:
            names += [above.name, above.name_en]
            above = categories.get(above.parent_id)
        key = product_key(
            own=[product.name, product.brand, product.name_en],
            skus=[sku.name for sku in product.skus.all()],
            categories=names,
            code=product.code,
        )
        if key != product.search_key:
            product.search_key = key
            changed.append(product)
    product_model.objects.bulk_update(changed, ["search_key"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_supplier_contracts")]
    # Going back needs nothing: a key that finds more than before does no harm.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
