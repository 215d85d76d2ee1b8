"""One log for everything the process says: calm lines for people, JSON for machines, no secret in either.

A human line has columns: time (UTC), a word for what happened, the instrument it happened to, and the sentence. Colour
appears only on a terminal. The standard library's loggers (httpx, hypercorn, alembic, websockets) come in at WARNING
through the same redactor and the same renderer.
"""

import logging
import sys
import threading
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from attrs import frozen

from trader247.model.instant import rfc3339
from trader247.observe.line_writer import InlineWriter, LineWriter, Writer
from trader247.observe.redaction import RedactingFilter, Redactor
from trader247.ports import Clock
from trader247.runtime.reports import Event, Report

__all__ = ["LogFormat", "LogSettings", "Logs", "report_actor", "set_up_logs"]


class LogFormat(StrEnum):
    """How lines look; AUTO is HUMAN on a terminal and JSON elsewhere."""

    HUMAN = "human"
    JSON = "json"
    AUTO = "auto"


@frozen
class LogSettings:
    """``level`` is a name of the standard library's logging, for our own lines; others' start at WARNING."""

    format: LogFormat = LogFormat.AUTO
    level: str = "INFO"
    threaded: bool = True


_GUESTS: Final = ("httpx", "httpcore", "hypercorn", "alembic", "websockets", "sqlalchemy", "trio")
_WORD_WIDTH: Final = 10
_SYMBOL_WIDTH: Final = 9
_COLOURS: Final = {"debug": "\x1b[2m", "warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[1;31m"}
_MARKS: Final = {"warning": " !", "error": "!!", "critical": "!!"}
"""Between time and word, where two blanks stand otherwise: loudness without colour and without breaking the columns."""

_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


@frozen
class HumanRenderer:
    """Renders an event as one aligned line, with what else it carries as ``key=value`` behind it."""

    colour: bool = False

    def __call__(self, _logger: Any, _method: str, event: Mapping[str, Any]) -> str:
        """``timestamp``, ``level``, ``event``, ``symbol`` and ``text`` have columns; ``exception`` follows below."""
        rest = dict(event)
        at, level = str(rest.pop("timestamp", "")), str(rest.pop("level", "info"))
        word, symbol, text = str(rest.pop("event", "")), str(rest.pop("symbol", "")), str(rest.pop("text", ""))
        trace = rest.pop("exception", None)
        extra = " ".join(f"{key}={value}" for key, value in sorted(rest.items()))
        columns = f"{word:<{_WORD_WIDTH}} {f'{symbol:<{_SYMBOL_WIDTH}} ' if symbol else ''}{text}"
        line = self._painted(at[11:19], level, _one_line(columns.rstrip()), _one_line(extra))
        return f"{line}\n{trace}" if trace else line

    def _painted(self, time_of_day: str, level: str, columns: str, extra: str) -> str:
        mark = _MARKS.get(level, "  ")
        if not self.colour:
            return f"{time_of_day}{mark}{columns}{'  ' + extra if extra else ''}"
        paint = _COLOURS.get(level, "")
        tail = f"  {_DIM}{extra}{_PLAIN}" if extra else ""
        return f"{_DIM}{time_of_day}{_PLAIN}{paint}{mark}{columns}{_PLAIN if paint else ''}{tail}"


def _one_line(text: str) -> str:
    """Line breaks and control characters spelled out: nobody may forge a second line or steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@frozen
class _Stamp:
    clock: Clock

    def __call__(self, _logger: Any, method: str, event: Any) -> Any:
        event["timestamp"] = rfc3339(self.clock.now().utc, digits=3)
        event["level"] = {"warn": "warning", "exception": "error"}.get(method, method)
        return event


def _in_reading_order(_logger: Any, _method: str, event: Any) -> Any:
    """When, how loud, what, to which, and the sentence; then the rest."""
    first = ("timestamp", "level", "event", "symbol", "text")
    return {**{key: event[key] for key in first if key in event}, **event}


class _Exceptions:
    """Puts a redacted traceback where a logger was given ``exc_info``."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __call__(self, _logger: Any, _method: str, event: Any) -> Any:
        given = event.pop("exc_info", None)
        error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
        if error is not None:
            event["exception"] = self._redactor.error(error).rstrip()
        return event


class _Output:
    """What structlog calls a logger: takes finished lines of any level."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.msg = self.log = self.debug = self.info = self.warning = self.warn = write
        self.error = self.critical = self.exception = self.fatal = write


class _Guests(logging.Handler):
    """Takes records of other people's loggers into ours."""

    def emit(self, record: logging.LogRecord) -> None:
        method = record.levelname.lower() if record.levelname.lower() in _COLOURS else "warning"
        event: dict[str, Any] = {"text": record.getMessage(), "logger": record.name}
        if record.exc_text:
            event["exception"] = record.exc_text
        getattr(structlog.get_logger(), method)(record.name.partition(".")[0], **event)


class Logs:
    """A set-up log. ``close`` writes what waits and gives the process its former hooks back.

    ``human``: a line is for a person now, and no JSON.
    """

    def __init__(
        self, writer: Writer, redactor: Redactor, handler: logging.Handler, clock: Clock, *, terminal: bool
    ) -> None:
        """Made by ``set_up_logs`` only. ``terminal``: whether the lines end on one."""
        self.redactor = redactor
        self._writer = writer
        self._clock = clock
        self._terminal = terminal
        self.human = terminal
        self._handler = handler
        self._hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_crash
        threading.excepthook = self._on_thread_crash

    def apply(self, settings: LogSettings) -> None:
        """Lines logged from now on are of this level and look like this; where they go stays as it is.

        Raises:
            ValueError: ``settings.level`` is no level; nothing was changed.
        """
        terminal = self._terminal
        self.human = settings.format is LogFormat.HUMAN or (settings.format is LogFormat.AUTO and terminal)
        json_lines: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                _Stamp(self._clock),
                _Exceptions(self.redactor),
                _in_reading_order,
                self.redactor,
                HumanRenderer(colour=terminal) if self.human else json_lines,
                self.redactor,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(_level(settings)),
            logger_factory=lambda *_: _Output(self._writer.write),
            cache_logger_on_first_use=False,
        )

    def close(self) -> None:
        """Lines logged after this go nowhere."""
        sys.excepthook, threading.excepthook = self._hooks
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.filters = [f for f in root.filters if not isinstance(f, RedactingFilter)]
        structlog.reset_defaults()
        self._writer.close()

    def _on_crash(self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        self._writer.write(self.redactor.error(error).rstrip())

    def _on_thread_crash(self, crash: threading.ExceptHookArgs) -> None:
        if crash.exc_value is not None:
            self._writer.write(self.redactor.error(crash.exc_value).rstrip())


def _level(settings: LogSettings) -> int:
    level = logging.getLevelNamesMapping().get(settings.level.upper())
    if level is None:
        raise ValueError(f"log level {settings.level!r} is unknown: use debug, info, warning, error or critical")
    return level


def set_up_logs(settings: LogSettings, clock: Clock, redactor: Redactor, stream: TextIO) -> Logs:
    """Sends every log line of the process to ``stream``, redacted. Call once, and ``close`` at the end.

    Raises:
        ValueError: ``settings.level`` is no level.
    """
    _level(settings)  # before anything of the process is changed
    writer: Writer = LineWriter(stream) if settings.threaded else InlineWriter(stream)
    handler = _Guests(level=logging.WARNING)
    handler.addFilter(RedactingFilter(redactor))
    root = logging.getLogger()
    root.addFilter(RedactingFilter(redactor))
    root.addHandler(handler)
    for guest in _GUESTS:
        logging.getLogger(guest).setLevel(logging.WARNING)
    logs = Logs(writer, redactor, handler, clock, terminal=stream.isatty())
    logs.apply(settings)
    return logs


def report_actor(report: Report) -> None:
    """A supervisor's report as a line: what goes wrong as a warning, an ordinary start or stop for debugging."""
    log = structlog.get_logger()
    if report.event in {Event.STARTED, Event.STOPPED} and report.incarnation == 1:
        log.debug("actor", text=str(report))
    elif report.event in {Event.STARTED, Event.STOPPED}:
        log.info("actor", text=str(report))
    else:
        log.warning("actor", text=str(report))
