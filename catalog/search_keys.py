"""What a product can be found by: its names, brand and code, in Chinese or in Latin letters.

`移动话费` is found by `移动`, `yidonghuafei`, `ydhf` and `china mobile`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_LENGTH = 400
_CHINESE = r"\u3400-\u9fff"
# Between Chinese and anything else, where people leave out the blank: `移动100`, `steam卡`.
_SEAM = re.compile(rf"(?<=[{_CHINESE}])(?=[^{_CHINESE}\s])|(?<=[^{_CHINESE}\s])(?=[{_CHINESE}])")


def normalise(text: str) -> str:
    """One spelling of what is stored and what is typed: full-width and capital letters folded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(text: str) -> list[str]:
    """What is typed, as words that must all be found: `移动100` asks for `移动` and `100`."""
    return [part for word in normalise(text).split() for part in _SEAM.split(word) if part]


def search_key(*, names: Iterable[str], codes: Iterable[str]) -> str:
    """The words to look in: each name, its pinyin and its initials, then the codes."""
    words: dict[str, None] = {}  # an ordered set
    for name in names:
        if text := normalise(name):
            words |= dict.fromkeys([text, *_pinyin(text)])
    words |= dict.fromkeys(normalise(code) for code in codes)
    return " ".join(words)[:MAX_LENGTH]


def product_key(
    *, own: Iterable[str], skus: Iterable[str], categories: Iterable[str], code: str
) -> str:
    """What a product is found by: its own names and brand first, then its SKUs' (`月卡` is found by
    `yueka`), then those of the categories that it lies in (`shipin` finds every video membership).

    Not amounts: `100` must find the SKU of that amount, not everything of its product.
    """
    words = [name for name in skus if not any(one.isdigit() for one in name)]
    return search_key(names=[*own, *words, *categories], codes=[code])


def _pinyin(text: str) -> tuple[str, ...]:
    """`('yidonghuafei', 'ydhf')`; nothing for a text without Chinese characters.

    Imported here: its dictionary takes 35 MB, and only saving a product needs it.
    """
    if text.isascii():
        return ()
    from pypinyin import Style, lazy_pinyin

    compact = text.replace(" ", "")
    initials = lazy_pinyin(compact, style=Style.FIRST_LETTER)
    return "".join(lazy_pinyin(compact)), "".join(initials)
