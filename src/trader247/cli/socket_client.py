"""The command line's side of the control socket: one request, one answer, with the standard library alone."""

import http.client
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

from trader247.errors import RefusedByGate, Trader247Error
from trader247.web.sockets import CONTROL_NAME, connect_control

__all__ = ["ControlClient", "Declined", "NotRunning", "Refused", "data_dir_option", "json_option"]

ANSWER_S_MAX: Final = 10.0
"""Real seconds to wait for an answer: a loop that takes longer is what the watchdog of the daemon ends it for."""

_ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024


class NotRunning(Trader247Error):
    """Nobody answers on the control socket."""


class Declined(Trader247Error):
    """The daemon answered with an error; ``code`` is the one of the HTTP API."""

    def __init__(self, text: str, code: str) -> None:
        """``text`` is what the daemon said."""
        super().__init__(text)
        self.code = code


class Refused(RefusedByGate):
    """The daemon refuses as things stand; ``code`` is the one of the HTTP API."""

    def __init__(self, text: str, code: str) -> None:
        """``text`` says what has to be done first."""
        super().__init__(text)
        self.code = code


class _Connection(http.client.HTTPConnection):
    """HTTP over the control socket of a data folder."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_S_MAX)
        self._data_dir = data_dir

    def connect(self) -> None:
        self.sock = connect_control(self._data_dir, ANSWER_S_MAX)


class ControlClient:
    """Asks and tells the daemon of a data folder."""

    def __init__(self, data_dir: Path) -> None:
        """``data_dir`` is where the daemon keeps its state; it need not exist."""
        self._data_dir = data_dir

    def ask(self, path: str) -> Any:
        """The answer to ``GET path``.

        Raises:
            NotRunning: nobody answers.
            Declined: the daemon said no.
        """
        return self._request("GET", path, None)

    def tell(self, path: str, content: Mapping[str, str | float]) -> Any:
        """The answer to ``POST path``.

        Raises:
            NotRunning: nobody answers.
            Refused: the daemon refuses, and says what has to be done first.
            Declined: the daemon could not do it.
        """
        return self._request("POST", path, json.dumps(content).encode())

    def _request(self, method: str, path: str, body: bytes | None) -> Any:
        connection = _Connection(self._data_dir)
        try:
            with suppress(BrokenPipeError):  # a no may come, and the connection end, before the body was read
                connection.request(method, path, body, {"content-type": "application/json", "connection": "close"})
            answer = connection.getresponse()
            text = answer.read(_ANSWER_BYTES_MAX)
        except (OSError, http.client.HTTPException) as error:
            raise NotRunning(_not_running(self._data_dir, error)) from error
        finally:
            connection.close()
        return _checked(answer.status, text)


def _not_running(data_dir: Path, error: Exception) -> str:
    path = data_dir.absolute() / CONTROL_NAME
    if isinstance(error, PermissionError):
        return f"{path} belongs to another user; ask as the user that runs the daemon"
    if isinstance(error, TimeoutError):
        return f"the daemon at {path} did not answer within {ANSWER_S_MAX:g} s; it may be stuck: see its log"
    return f"no daemon answers at {path}; start one with trader247 supervise, or name its folder with --data-dir"


def _checked(status: int, text: bytes) -> Any:
    try:
        content = json.loads(text)
    except ValueError:
        raise Trader247Error(
            f"the daemon answered with status {status} and no JSON; is it of another version?"
        ) from None
    if status < 400 or (status == 503 and "ok" in content):
        return content
    error = content.get("error", {})
    said = error.get("text", f"the daemon answered with status {status}")
    if status == 409:
        raise Refused(said, error.get("code", ""))
    raise Declined(said, error.get("code", ""))


data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data"),
    envvar="TRADER247_APP__DATA_DIR",
    show_default=True,
    help="The daemon's state folder.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="For programs: the answer of the API as it is.")
