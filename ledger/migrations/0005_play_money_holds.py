"""Validate the rule of play accounts, with writers going on."""

from __future__ import annotations

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_play_money")]

    operations = [ValidateConstraint(model_name="account", name="account_of_play_money")]
