"""`locale/zh_Hans/LC_MESSAGES/django.po`: read, brought up to date, checked, written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from django.conf import settings

from config.messages.extract import borrowed_messages, project_messages

LOCALE = "zh_Hans"
# Translations that were written apart, one file a subject; later files win.
PARTS = "parts"


def catalogue_path() -> Path:
    return settings.BASE_DIR / "locale" / LOCALE / "LC_MESSAGES" / "django.po"


def load(path: Path) -> Catalog:
    """The catalogue, empty when there is none yet. Raises PoFileError for a broken file."""
    if not path.exists():
        return Catalog(locale=LOCALE)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE, abort_invalid=True)


def collect() -> Catalog:
    """The texts of today with the translations that exist, from the catalogue and its parts."""
    known: dict[tuple[str | None, str], Message] = {}
    parts = sorted((settings.BASE_DIR / "locale" / PARTS).glob("*.po"))
    for path in [catalogue_path(), *parts]:
        for message in load(path):
            if message.id and _is_translated(message):
                known[_key(message)] = message
    result = Catalog(locale=LOCALE, project="kalegou", fuzzy=False)
    for message in project_messages():
        if message.id:
            translated = known.pop(_key(message), None)
            result.add(
                message.id,
                string=translated.string if translated else None,
                locations=message.locations,
                context=message.context,
            )
    for context, text in borrowed_messages():
        singular = text if isinstance(text, str) else text[0]
        borrowed = known.pop((context, singular), None)
        if borrowed:
            result.add(
                borrowed.id,
                string=borrowed.string,
                context=context,
                auto_comments=["Of a package that brings no Chinese."],
            )
    return result


def save(catalog: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        # No line numbers and no dates: a change of code elsewhere changes nothing here.
        write_po(file, catalog, sort_output=True, include_lineno=False, omit_header=False)


def problems() -> Iterator[str]:
    """One line for each text without a good translation."""
    catalog = load(catalogue_path())
    translations = {_key(message): message for message in catalog if message.id}
    for wanted in project_messages():
        if not wanted.id:
            continue
        message = translations.get(_key(wanted))
        place = ":".join(str(part) for part in wanted.locations[0])
        if message is None or not _is_translated(message):
            yield f"{place}: no translation of {_key(wanted)[1]!r}"
    for message in catalog:
        if not message.id:
            continue
        if message.fuzzy:
            yield f"{_key(message)[1]!r} is marked fuzzy: it would not be shown"
        for error in message.check(catalog):
            yield f"{_key(message)[1]!r}: {error}"
        if "%(" in _key(message)[1] and not _can_be_filled_in(message):
            yield f"{_key(message)[1]!r}: the translation has a % that isn't doubled"


class _Anything(dict[str, int]):
    """A value for whatever name is asked for: a number fits every conversion."""

    def __missing__(self, name: str) -> int:
        return 1


def _can_be_filled_in(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    try:
        for string in strings:
            str(string) % _Anything()
    except (TypeError, ValueError):
        return False
    return True


def _key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _is_translated(message: Message) -> bool:
    strings = message.string or ""
    return all(strings) if isinstance(strings, tuple) else bool(strings)
