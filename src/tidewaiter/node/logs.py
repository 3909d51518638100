"""Structured logs on standard error: JSON lines for machines, columns on a terminal.

One event a fact, with identifiers and without personal data. What other libraries log is taken in.
"""

import logging
import sys
from typing import Any, Final

import structlog

from tidewaiter import trace

LEVELS: Final = ("debug", "info", "warning", "error")
_SHARED: Final[list[Any]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def config(level: str, form: str) -> dict[str, Any]:
    """The `LOGGING` of Django: `level` one of LEVELS, `form` json, console, or auto."""
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    ending: list[Any] = [] if level == "debug" else [without_words]
    ending += (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [remove, *ending],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "tidewaiter": {"level": level.upper()},
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }


def without_words(_: Any, __: str, event: Any) -> Any:
    """An exception by its kind and where it arose: what it says may quote what was being read."""
    told = event.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event |= {"exception": trace.kind(error), "where": trace.places(error)}
    return event


def level(name: str) -> None:
    """Log from `name` on, in this process."""
    logging.getLogger("tidewaiter").setLevel(name.upper())


def configure() -> None:
    """Lead the events of structlog into the handlers of `config`."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
