"""Applications that were sent before: their numbers sealed, their one document a row of its own."""

from __future__ import annotations

from django.db import migrations

from catalog.sealing import fingerprint, seal, unseal

BATCH = 1000


def seal_all(apps, schema_editor) -> None:
    application_model = apps.get_model("kameng", "Application")
    document_model = apps.get_model("kameng", "Document")
    rows = application_model.objects.filter(sealed_legal_id=None).order_by("pk")
    for application in rows.iterator(chunk_size=BATCH):
        number = application.legal_id
        mark = fingerprint("legal id", number)
        application.legal_id_mark = mark
        application.sealed_legal_id = seal(number.encode(), context=b"legal id:" + mark)
        application.masked_legal_id = _masked(number)
        application.save(update_fields=["legal_id_mark", "sealed_legal_id", "masked_legal_id"])
        if application.document:
            document_model.objects.create(
                owner_id=application.user_id,
                application=application,
                kind="licence" if application.legal_kind == "company" else "id_front",
                file=application.document.name,
                uploaded_at=application.created_at,
            )


def open_all(apps, schema_editor) -> None:
    application_model = apps.get_model("kameng", "Application")
    document_model = apps.get_model("kameng", "Document")
    for application in application_model.objects.order_by("pk").iterator(chunk_size=BATCH):
        mark = bytes(application.legal_id_mark)
        sealed = bytes(application.sealed_legal_id)
        application.legal_id = unseal(sealed, context=b"legal id:" + mark).decode()
        first = document_model.objects.filter(application=application.pk).order_by("pk").first()
        application.document = first.file.name if first else ""
        application.save(update_fields=["legal_id", "document"])


def _masked(number: str) -> str:
    if len(number) < 10:
        return "*" * len(number)
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}"


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0026_invites_and_documents"),
    ]

    operations = [
        migrations.RunPython(seal_all, open_all),
    ]
