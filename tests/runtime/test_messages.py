"""The translation catalogue: what is found, kept, and complained about."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from config.messages.catalogue import catalogue_path, collect, load, problems, save

PYTHON = """
from django.utils.translation import gettext_lazy as _, pgettext_lazy
name = _("A name")
state = pgettext_lazy("order", "open")
"""
TEMPLATE = """
{% load i18n %}
<c-button label="{% translate "Buy 'now'" %}" title='{{ _("Title")|upper }}'>
{% blocktranslate trimmed count n=n %}
  {{ n }} card
{% plural %}
  {{ n }} cards
{% endblocktranslate %}
{% translate "100% safe" context "shop" %}
"""
TRANSLATED = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8"

msgid "A name"
msgstr "名称"
"""


@pytest.fixture
def project(tmp_path: Path, settings: Settings) -> Path:
    (tmp_path / "shop" / "templates").mkdir(parents=True)
    (tmp_path / "shop" / "models.py").write_text(PYTHON)
    (tmp_path / "shop" / "templates" / "page.html").write_text(TEMPLATE)
    (tmp_path / "locale" / "parts").mkdir(parents=True)
    settings.BASE_DIR = tmp_path
    return tmp_path


@pytest.mark.usefixtures("project")
def test_texts_of_code_and_templates_are_found_as_django_looks_them_up() -> None:
    found = {(message.context, message.id) for message in collect() if message.id}
    assert found == {
        (None, "A name"),
        ("order", "open"),
        (None, "Buy 'now'"),
        (None, "Title"),
        (None, ("%(n)s card", "%(n)s cards")),
        ("shop", "100%% safe"),
    }


def test_a_translation_is_kept_when_the_code_moves_and_dropped_with_its_text(
    project: Path,
) -> None:
    (project / "locale" / "parts" / "shop.po").write_text(TRANSLATED)
    save(collect(), catalogue_path())
    (project / "shop" / "models.py").rename(project / "shop" / "names.py")
    save(collect(), catalogue_path())
    kept = load(catalogue_path()).get("A name")
    assert kept is not None
    assert kept.string == "名称"

    (project / "shop" / "names.py").unlink()
    save(collect(), catalogue_path())
    assert load(catalogue_path()).get("A name") is None


@pytest.mark.usefixtures("project")
def test_the_check_names_each_text_without_a_translation() -> None:
    save(collect(), catalogue_path())
    lines = list(problems())
    assert len(lines) == 6
    assert "shop/models.py:3: no translation of 'A name'" in lines
    with pytest.raises(CommandError, match="6 texts to mend"):
        call_command("check_translations")


def test_the_check_refuses_a_translation_that_would_break_a_page(project: Path) -> None:
    (project / "shop" / "models.py").write_text(
        'from django.utils.translation import gettext as _\na = _("Pay %(amount)s") % {}\n'
    )
    (project / "shop" / "templates" / "page.html").unlink()
    catalogue_path().parent.mkdir(parents=True)
    catalogue_path().write_text(
        TRANSLATED + '\n#, python-format\nmsgid "Pay %(amount)s"\nmsgstr "付 %(amuont)s"\n'
    )
    assert len(list(problems())) == 1
    catalogue_path().write_text('msgid "unfinished\n')
    with pytest.raises(CommandError, match="not a valid catalogue"):
        call_command("check_translations")


def test_the_check_refuses_a_percent_sign_that_would_break_a_page(project: Path) -> None:
    (project / "shop" / "models.py").write_text(
        'from django.utils.translation import gettext as _\na = _("Pay %(amount)s") % {}\n'
    )
    (project / "shop" / "templates" / "page.html").unlink()
    catalogue_path().parent.mkdir(parents=True)
    for text, found in (("付 %(amount)s，即 20%。", 1), ("付 %(amount)s，即 20%%。", 0)):
        catalogue_path().write_text(TRANSLATED + f'\nmsgid "Pay %(amount)s"\nmsgstr "{text}"\n')
        assert len(list(problems())) == found
