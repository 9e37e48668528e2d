"""Structured logs: one line an event, with the request and order it belongs to, without secrets."""

from __future__ import annotations

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Keys whose values never reach a log, whatever they hold.
SECRET_KEYS = re.compile(
    r"(password|passwd|secret|token|api_key|authorization|cookie|sign(ature)?$|card_pwd|card_number"
    r"|card_key|private_key|otp|csrf|session)",
    re.IGNORECASE,
)
HIDDEN = "[hidden]"


def hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace the values of secret keys, at any depth."""
    return {key: _clean(key, value) for key, value in event.items()}


# A query may hold a key that opens an order for good (kalegou.guest_links), or a sealed draft; in a
# line of the development server and in the text of an exception as well.
_QUERY = re.compile(r"(?<=[^\s?])\?[\w.~%+\-]+=[^\s\"'<>)\]]*")


def hide_queries(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take the query off every address in a line, the text of an exception included."""
    return {key: _without_queries(value) for key, value in event.items()}


def _without_queries(value: Any) -> Any:
    if isinstance(value, str):
        return _QUERY.sub(f"?{HIDDEN}", value)
    if isinstance(value, dict):
        return {k: _without_queries(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_queries(item) for item in value]
    return value


def _clean(key: str, value: Any) -> Any:
    if isinstance(key, str) and SECRET_KEYS.search(key):
        return HIDDEN
    if isinstance(value, dict):
        return {k: _clean(k, v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean("", item) for item in value]
    return value


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.StackInfoRenderer(),
    hide_secrets,
]


def configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """The `LOGGING` setting: JSON lines in production, readable lines in development."""
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    hide_queries,
                    renderer,
                ],
            }
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "structured"},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # httpx logs whole addresses, and some protocols carry keys in them.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            "django.server": {"handlers": ["console"], "level": level, "propagate": False},
        },
    }
