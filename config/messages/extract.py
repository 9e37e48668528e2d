"""Find every translatable text: in Python with Babel, in templates as Django itself reads them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Folders of the project that hold no text for people, or none of ours.
SKIPPED = {"tests", "bench", "migrations", "staticfiles", "locale", "node_modules"}
# Packages with pages that our staff see and that bring no Chinese.
BORROWED_FROM = ("axes", "unfold")

STRING = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(
    rf"\b(n?p?gettext|_)\(u?({STRING})(?:, u?({STRING}))?(?:, u?({STRING}))?(?:,\s*count)?\)"
)

Message = tuple[str | None, str | tuple[str, ...]]  # context, and text or singular with plural


def project_messages() -> Catalog:
    """Every text of this project, with the places where it stands."""
    catalog = Catalog()
    for path in sorted(_files(settings.BASE_DIR)):
        place = path.relative_to(settings.BASE_DIR).as_posix()
        for line, (context, text) in _messages(path):
            catalog.add(text, locations=[(place, line)], context=context)
    return catalog


def borrowed_messages() -> set[Message]:
    """The texts of packages that we may translate in our own catalogue."""
    found: set[Message] = set()
    for name in BORROWED_FROM:
        spec = find_spec(name)
        for folder in (spec and spec.submodule_search_locations) or []:
            for path in _files(Path(folder)):
                found.update(message for _line, message in _messages(path))
    return found


def _files(root: Path) -> Iterator[Path]:
    for path in root.iterdir():
        if path.name in SKIPPED or path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.suffix in {".py", ".html", ".txt"}:
            yield path


def _messages(path: Path) -> Iterator[tuple[int, Message]]:
    return _python_messages(path) if path.suffix == ".py" else _template_messages(path)


def _python_messages(path: Path) -> Iterator[tuple[int, Message]]:
    for line, text, _comments, context in extract_from_file("python", path, KEYWORDS):
        yield line, (context, text)


def _template_messages(path: Path) -> Iterator[tuple[int, Message]]:
    # templatize() blanks out everything but the texts, which it writes as calls of gettext.
    calls = templatize(path.read_text(), origin=str(path))
    for match in TEMPLATE_CALL.finditer(calls):
        line = calls.count("\n", 0, match.start()) + 1
        name = match[1]
        strings = [ast.literal_eval(text) for text in match.groups()[1:] if text]
        context = strings.pop(0) if "pgettext" in name else None
        yield line, (context, tuple(strings[:2]) if name.startswith("n") else strings[0])
