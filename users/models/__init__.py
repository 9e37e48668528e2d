"""People, what they did, what they are told, and how they prove who they are."""

from __future__ import annotations

from users.models.auditing import AuditLog
from users.models.codes import CodePurpose, OneTimeCode, OutgoingText
from users.models.notices import Notice, NoticeChoice, OutgoingMail
from users.models.people import PersonManager, User
from users.models.security import Device, RecoveryCode, SecondFactor

__all__ = [
    "AuditLog",
    "CodePurpose",
    "Device",
    "Notice",
    "NoticeChoice",
    "OneTimeCode",
    "OutgoingMail",
    "OutgoingText",
    "PersonManager",
    "RecoveryCode",
    "SecondFactor",
    "User",
]
