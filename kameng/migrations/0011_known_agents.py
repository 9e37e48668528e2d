"""Agents who joined with an application: its legal person is their due diligence."""

from __future__ import annotations

from datetime import date

from django.db import migrations
from django.utils import timezone

from catalog.sealing import fingerprint, seal

REVIEW_YEARS = 3


def know_agents(apps, schema_editor) -> None:
    """Valid for three years from the decision; seals what was readable. Streams."""
    application_model = apps.get_model("kameng", "Application")
    diligence_model = apps.get_model("kameng", "Diligence")
    agents = dict(apps.get_model("kameng", "Agent").objects.values_list("user_id", "id"))
    approved = application_model.objects.filter(status="approved").order_by("user_id", "-id")
    seen: set[int] = set()
    rows = []
    for application in approved.iterator():
        agent_id = agents.get(application.user_id)
        if agent_id is None or agent_id in seen:
            continue
        seen.add(agent_id)
        decided = application.decided_at or application.created_at
        number = application.legal_id
        mark = fingerprint("legal id", number)
        rows.append(
            diligence_model(
                agent_id=agent_id,
                application=application,
                legal_kind=application.legal_kind,
                legal_name=application.legal_name,
                legal_id_mark=mark,
                sealed_legal_id=seal(number.encode(), context=b"legal id:" + mark),
                masked_legal_id=_masked(number),
                contact_phone=application.contact_phone,
                valid_until=_in_three_years(timezone.localdate(decided)),
                accepted_by_id=application.decided_by_id,
                accepted_at=decided,
            )
        )
        if len(rows) == 1000:
            diligence_model.objects.bulk_create(rows)
            rows = []
    diligence_model.objects.bulk_create(rows)


def _masked(number: str) -> str:
    if len(number) < 10:
        return "*" * len(number)
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}"


def _in_three_years(day: date) -> date:
    last_of_february = day.month == 2 and day.day == 29
    return day.replace(year=day.year + REVIEW_YEARS, day=28 if last_of_february else day.day)


class Migration(migrations.Migration):
    dependencies = [
        ("kameng", "0010_diligence"),
    ]

    operations = [
        migrations.RunPython(know_agents, migrations.RunPython.noop, elidable=True),
    ]
