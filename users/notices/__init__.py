"""Telling people what happened to them: an inbox in each storefront, and mail for who wants it.

`tell(user, kind, **facts)` is all that a service needs; an app lists its kinds in
settings.NOTICE_KINDS (kameng/notices.py shows how).
"""

from __future__ import annotations

from users.notices.services import tell

__all__ = ["tell"]
