"""One-time codes sent to phones: `send_code` and `use_code` are all that others need."""

from __future__ import annotations

from users.codes.services import send_code, use_code

__all__ = ["send_code", "use_code"]
