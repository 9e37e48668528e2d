"""The number that names a legal person: checked, sealed at rest, masked on screen.

A resident's ID is GB 11643 (18 digits, a birthday inside, a check digit of ISO 7064 MOD 11-2), a
company's the unified social credit code of GB 32100 (MOD 31). Both are sealed like card codes; a
keyed fingerprint finds the same number again without opening anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from catalog.sealing import fingerprint, seal, unseal
from database.sealing import SealedColumn
from kameng.models.legal import LegalIdentity, LegalKind

_RESIDENT = re.compile(r"^[1-9]\d{16}[\dX]$", re.ASCII)
# Provinces, and 9 for the permanent residence card of foreigners.
_REGIONS = frozenset(
    [
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
        83,
        *range(90, 100),
    ]
)
_RESIDENT_WEIGHTS = tuple(2**place % 11 for place in range(17, 0, -1))
_RESIDENT_CHECKS = "10X98765432"
_OLDEST_BIRTH_YEAR = 1900

_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_CREDIT_CODE = re.compile(rf"^[{_CREDIT_LETTERS}]{{2}}\d{{6}}[{_CREDIT_LETTERS}]{{10}}$", re.ASCII)
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))

_FINGERPRINT_OF = "legal id"


@dataclass(frozen=True, slots=True)
class LegalPerson:
    """Who stands behind an agent, as checked by a form. The number isn't in its repr: reprs are
    logged. `valid_until` is the last day that the document itself names; None: it names none."""

    kind: LegalKind
    name: str
    id_number: str = field(repr=False)
    phone: str
    valid_until: date | None = None


def tidy(number: str) -> str:
    """As it is compared and kept: no blanks or hyphens, capital letters."""
    return "".join(c for c in number if not c.isspace() and c not in "-–—").upper()


def is_resident_id(number: str, *, today: date) -> bool:
    """Whether this can be a resident's ID number: region, birthday and check digit fit."""
    if not _RESIDENT.match(number) or int(number[:2]) not in _REGIONS:
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    if born.year < _OLDEST_BIRTH_YEAR or born > today:
        return False
    return _resident_check(number[:17]) == number[17]


def is_of_age(number: str, *, today: date) -> bool:
    """Whether the person of this (valid) ID number is 18: who isn't can't trade in its own name."""
    born = int(number[6:14])
    return int(today.strftime("%Y%m%d")) - born >= 18_00_00


def is_credit_code(code: str) -> bool:
    """Whether this can be a unified social credit code: its letters and check digit fit."""
    return bool(_CREDIT_CODE.match(code)) and _credit_check(code[:17]) == code[17]


def _resident_check(body: str) -> str:
    total = sum(int(d) * weight for d, weight in zip(body, _RESIDENT_WEIGHTS, strict=True))
    return _RESIDENT_CHECKS[total % 11]


def _credit_check(body: str) -> str:
    places = (_CREDIT_LETTERS.index(c) for c in body)
    total = sum(p * weight for p, weight in zip(places, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_LETTERS[-total % 31]


def masked(number: str) -> str:
    """Enough to recognise a number one knows: 4403**********123X."""
    if len(number) < 10:
        return "*" * len(number)
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}"


def mark_of(number: str) -> bytes:
    """The keyed fingerprint of a number: equal for equal numbers, and tells nothing else."""
    return fingerprint(_FINGERPRINT_OF, number)


def write_identity(row: LegalIdentity, legal: LegalPerson) -> None:
    """Fill a row's columns; the caller saves it."""
    row.legal_kind = legal.kind
    row.legal_name = legal.name
    row.legal_id_mark = mark_of(legal.id_number)
    row.sealed_legal_id = seal(legal.id_number.encode(), context=_context(row.legal_id_mark))
    row.masked_legal_id = masked(legal.id_number)
    row.contact_phone = legal.phone


def read_id(row: LegalIdentity) -> str:
    """The number in full. Whoever shows it to somebody else than its owner records that."""
    return unseal(row.sealed_legal_id, context=_context(row.legal_id_mark)).decode()


def read_identity(row: LegalIdentity, *, valid_until: date | None = None) -> LegalPerson:
    """What was written; the last day of the document stands elsewhere in each table."""
    return LegalPerson(
        kind=LegalKind(row.legal_kind),
        name=row.legal_name,
        id_number=read_id(row),
        phone=row.contact_phone,
        valid_until=valid_until,
    )


def _context(mark: bytes | memoryview) -> bytes:
    return b"legal id:" + bytes(mark)


APPLICATION_IDS = SealedColumn(
    table="kameng_application",
    column="sealed_legal_id",
    context_column="legal_id_mark",
    context=_context,
)
DILIGENCE_IDS = SealedColumn(
    table="kameng_diligence",
    column="sealed_legal_id",
    context_column="legal_id_mark",
    context=_context,
)
