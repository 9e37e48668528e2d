"""The examples of clients/examples, as the developers' page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "clients" / "examples"
# Worked examples of signatures, for clients of any language: every example is tested with them.
VECTORS = Path(__file__).parent / "api" / "signing_vectors.json"


@dataclass(frozen=True, slots=True)
class Example:
    code: str
    language: str
    path: Path

    @property
    def text(self) -> str:
        return _text(self.path)


@cache
def _text(path: Path) -> str:
    return path.read_text()


EXAMPLES = (
    Example("curl", "curl", FOLDER / "sign.sh"),
    Example("python", "Python", FOLDER / "sign.py"),
    Example("php", "PHP", FOLDER / "sign.php"),
    Example("java", "Java", FOLDER / "Sign.java"),
    Example("go", "Go", FOLDER / "sign.go"),
    Example("node", "Node.js", FOLDER / "sign.mjs"),
)
