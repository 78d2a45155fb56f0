"""Logging: one line an event on standard error, JSON or console, without secrets.

What the standard library's loggers say (uvicorn, litestar and every other package) goes the same
way as our own events.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import JSONRenderer
from structlog.stdlib import ProcessorFormatter
from structlog.types import EventDict, Processor, WrappedLogger

from goldomatic.config import Settings
from goldomatic.web.masking import Masking

_TAKEN_OVER = ("uvicorn", "uvicorn.error", "uvicorn.access", "litestar")


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Set up logging for the whole process; a second call replaces the first.

    `stream` is standard error unless given. Console lines are coloured on a terminal only.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(settings, stream))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _TAKEN_OVER:
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def announce(settings: Settings) -> None:
    """Log what a start-up has to say about its settings: warnings, and what stays closed."""
    log = structlog.get_logger("goldomatic.settings")
    for warning in settings.warnings:
        log.warning(warning)
    for feature in settings.closed():
        log.warning(
            "closed for want of a setting",
            setting=feature.setting,
            closed=feature.closed,
            remedy=feature.remedy,
        )


def _formatter(settings: Settings, stream: TextIO) -> logging.Formatter:
    masking = Masking(secret.reveal() for secret in settings.secrets())
    renderer: Processor
    if _format_of(settings, stream) == "console":
        # The traceback is text by now, which the coloured formatters cannot take.
        renderer = ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain_traceback)
    else:
        renderer = JSONRenderer(ensure_ascii=False)
    return ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_common()],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            _drop_colour_copy,
            masking,
            renderer,
        ],
    )


def _format_of(settings: Settings, stream: TextIO) -> str:
    return settings.log_format or ("console" if stream.isatty() else "json")


def _common() -> list[Processor]:
    """What every event goes through before masking; tracebacks become text, to be masked too."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def _drop_colour_copy(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """uvicorn adds its message a second time, with terminal colours."""
    event.pop("color_message", None)
    return event
