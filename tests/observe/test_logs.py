"""The one log of the process."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
from tests.board_samples import at

from trader247.model.instant import Moment
from trader247.observe.logs import LogFormat, LogSettings, report_actor, set_up_logs
from trader247.observe.redaction import Redactor
from trader247.runtime.reports import Event, Report

SECRET = "k4narie-4f1d2c3b5a69"


def fail() -> None:
    raise RuntimeError(SECRET)


class StoppedClock:
    """Always the same moment."""

    def now(self) -> Moment:
        return at(3.25)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@contextmanager
def logging_to(stream: io.StringIO, fmt: LogFormat = LogFormat.AUTO, level: str = "debug") -> Iterator[io.StringIO]:
    logs = set_up_logs(LogSettings(fmt, level, threaded=False), StoppedClock(), Redactor([SECRET]), stream)
    try:
        yield stream
    finally:
        logs.close()


def test_a_human_line_has_columns_for_time_word_instrument_and_sentence() -> None:
    with logging_to(io.StringIO(), LogFormat.HUMAN) as out:
        structlog.get_logger().info("bought", symbol="BTC-USD", text="0.0123 @ 61,234.50  momentum: +2.3 % in 24 h")
        structlog.get_logger().warning("stream", text="lost: sequence gap", attempt=2)
        structlog.get_logger().critical("HALTED", text="daily stop")
    assert out.getvalue().splitlines() == [
        "12:00:03  bought     BTC-USD   0.0123 @ 61,234.50  momentum: +2.3 % in 24 h",
        "12:00:03 !stream     lost: sequence gap  attempt=2",
        "12:00:03!!HALTED     daily stop",
    ]


def test_colour_is_for_terminals_only() -> None:
    with logging_to(Terminal()) as painted:
        structlog.get_logger().error("broken", text="x")
    assert "\x1b[31m" in painted.getvalue()
    with logging_to(io.StringIO(), LogFormat.HUMAN) as plain:
        structlog.get_logger().error("broken", text="x")
    assert "\x1b" not in plain.getvalue()


def test_elsewhere_than_on_a_terminal_a_line_is_json() -> None:
    with logging_to(io.StringIO()) as out:
        structlog.get_logger().info("cycle", text="no trade", number=3)
    assert list(json.loads(out.getvalue()).items()) == [
        ("timestamp", "2026-03-01T12:00:03.250Z"),
        ("level", "info"),
        ("event", "cycle"),
        ("text", "no trade"),
        ("number", 3),
    ]


def test_nobody_can_forge_a_line_or_steer_the_terminal() -> None:
    with logging_to(Terminal()) as out:
        structlog.get_logger().info("alert", text="a\n12:00:00  bought\x1b[2J", key="\rx")
    assert out.getvalue().count("\n") == 1
    assert "\x1b[2J" not in out.getvalue()


@pytest.mark.req("SEC1")
@pytest.mark.parametrize("fmt", [LogFormat.HUMAN, LogFormat.JSON])
def test_a_canary_secret_shows_up_in_no_sink(fmt: LogFormat) -> None:
    with logging_to(io.StringIO(), fmt) as out:
        log = structlog.get_logger()
        log.debug(f"in the event {SECRET}", text=SECRET, deep={"a": [SECRET]}, data=SECRET.encode())
        logging.getLogger("httpx").warning("GET https://x/?k=%s", SECRET)
        logging.getLogger("some.library").error("odd %s", {"k": SECRET})
        try:
            fail()
        except RuntimeError as error:
            log.exception("failed")
            logging.getLogger("alembic").exception("failed")
            sys.excepthook(type(error), error, error.__traceback__)
            threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
    written = out.getvalue()
    assert written.count("RuntimeError: [redacted]") == 4
    assert SECRET not in written
    assert "k4narie" not in written


def test_guests_are_heard_from_warning_up() -> None:
    with logging_to(io.StringIO(), LogFormat.HUMAN) as out:
        logging.getLogger("httpx").info("HTTP Request: GET ...")
        logging.getLogger("websockets.client").warning("connection lost")
    assert out.getvalue() == "12:00:03 !websockets connection lost  logger=websockets.client\n"


def test_our_own_lines_under_the_level_are_not_written() -> None:
    with logging_to(io.StringIO(), level="warning") as out:
        structlog.get_logger().info("quiet")
    assert out.getvalue() == ""


def test_an_unknown_level_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'loud' is unknown: use debug"):
        set_up_logs(LogSettings(level="loud"), StoppedClock(), Redactor(), io.StringIO())


def test_closing_gives_the_process_its_hooks_back() -> None:
    before = (sys.excepthook, threading.excepthook, list(logging.getLogger().handlers))
    with logging_to(io.StringIO()):
        assert sys.excepthook is not before[0]
    assert (sys.excepthook, threading.excepthook, list(logging.getLogger().handlers)) == before


@pytest.mark.req("SUP6")
def test_another_level_and_format_are_taken_over_while_it_runs() -> None:
    out = io.StringIO()
    logs = set_up_logs(LogSettings(LogFormat.HUMAN, "info", threaded=False), StoppedClock(), Redactor([SECRET]), out)
    try:
        structlog.get_logger().debug("hidden", text="x")
        logs.apply(LogSettings(LogFormat.JSON, "debug"))
        structlog.get_logger().debug("shown", text=SECRET)
        with pytest.raises(ValueError, match="log level 'loud' is unknown"):
            logs.apply(LogSettings(LogFormat.HUMAN, "loud"))
        structlog.get_logger().debug("again", text="x")
    finally:
        logs.close()
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["shown", "again"]
    assert SECRET not in out.getvalue()


@pytest.mark.req("SUP7")
@pytest.mark.parametrize(
    ("event", "incarnation", "level"),
    [
        (Event.STARTED, 1, "debug"),
        (Event.STARTED, 2, "info"),
        (Event.STOPPED, 1, "debug"),
        (Event.RESTARTING, 1, "warning"),
    ],
)
def test_an_actor_that_starts_the_first_time_is_no_news_and_one_that_comes_back_is(
    event: Event, incarnation: int, level: str
) -> None:
    with logging_to(io.StringIO(), LogFormat.JSON) as out:
        report_actor(Report(at(0), "safety/journal", event, "because", incarnation))
    line = json.loads(out.getvalue())
    assert (line["level"], line["event"]) == (level, "actor")
    assert "safety/journal" in line["text"]
