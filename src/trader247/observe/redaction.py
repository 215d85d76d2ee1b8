r"""Keeping secrets out of everything that is written: by value for those we know, by shape for those we do not.

A registered secret is found raw and in the forms in which libraries like to show it: URL-encoded, base64 at any of the
three alignments it can have inside a longer text, hex, JSON-escaped, and line by line where it has several lines. By
shape: PEM blocks (also cut off, also with ``\n`` spelled out), JSON web tokens, bearer headers and bot tokens.

Redaction happens to the event before it is rendered and to the rendered line again, because a renderer may put together
what was apart (source: reliability catalogue, T2).
"""

import base64
import json
import logging
import re
import traceback
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

__all__ = ["MASK", "RedactingFilter", "Redactor"]

MASK: Final = "[redacted]"
SECRET_CHARS_MIN: Final = 6
"""Shorter than this, a "secret" would be found inside ordinary words and hide the log instead of the secret."""

_LINE_CHARS_MIN: Final = 16  # a line of a PEM body is 64 long; shorter lines are shared by many texts
_DEPTH_MAX: Final = 32  # how deep a structure is walked (a supervision tree has 12); deeper it is redacted text

_SHAPES: Final = (
    r"-----BEGIN [A-Z0-9 ]+-----(?:[A-Za-z0-9+/=\s:,]|\\[nr]|-(?!----END))*(?:-----END [A-Z0-9 ]+-----)?",
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*",
    r"(?i:\bbearer\s+)[A-Za-z0-9._~+/=-]{6,}",
    r"(?<![0-9])\d{8,10}:[A-Za-z0-9_-]{30,50}",
)


class Redactor:
    """Masks secrets in texts and structures. Secrets may be registered at any time; none can be taken back."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """``secrets`` are registered at once."""
        self._forms: set[str] = set()
        self._pattern = re.compile("|".join(_SHAPES), re.DOTALL)
        for secret in secrets:
            self.register(secret)

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._forms)} forms>"

    def register(self, secret: str) -> None:
        """From now on this value is masked, in all its forms.

        Raises:
            ValueError: it is too short to be told from ordinary text; the message does not show it.
        """
        if len(secret.strip()) < SECRET_CHARS_MIN:
            raise ValueError(
                f"a secret of fewer than {SECRET_CHARS_MIN} characters cannot be redacted: use a longer one"
            )
        lines = [line for line in secret.splitlines() if len(line) >= _LINE_CHARS_MIN]
        for part in {secret, secret.strip(), *lines}:
            self._forms |= _forms(part)
        literals = sorted(self._forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join([*map(re.escape, literals), *_SHAPES]), re.DOTALL)

    def text(self, text: str) -> str:
        """The text with every secret masked."""
        return self._pattern.sub(MASK, text)

    def value(self, value: Any, depth: int = 0) -> Any:
        """The value with every secret in it masked; structures are copied, objects become their redacted text."""
        match value:
            case str():
                return self.text(value)
            case bytes() | bytearray():
                return self.text(bytes(value).decode("utf-8", "backslashreplace"))
            case bool() | int() | float() | None:
                return value
            case Mapping() if depth < _DEPTH_MAX:
                return {self.text(str(k)): self.value(v, depth + 1) for k, v in value.items()}
            case list() | tuple() | set() | frozenset() if depth < _DEPTH_MAX:
                return [self.value(item, depth + 1) for item in value]
            case _:
                return self.text(str(value))

    def error(self, error: BaseException) -> str:
        """A traceback, redacted: causes, groups and notes included."""
        return self.text("".join(traceback.format_exception(error)))

    def __call__(self, _logger: Any, _method: str, event: Any) -> Any:
        """As a structlog processor: before the renderer it gets the event, after it the line."""
        return self.text(event) if isinstance(event, str) else self.value(event)


def _forms(secret: str) -> set[str]:
    raw = secret.encode()
    forms = {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        raw.hex(),
        raw.hex().upper(),
        *_base64_forms(raw),
    }
    return {form for form in forms if len(form) >= SECRET_CHARS_MIN}


def _base64_forms(raw: bytes) -> Iterable[str]:
    """The part of the base64 text that depends on the secret alone, for each place it can stand in a longer text."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw)
        first = -(-before * 8 // 6)
        sure = whole[first : (before + len(raw)) * 8 // 6].decode()
        yield sure
        yield sure.replace("+", "-").replace("/", "_")
        yield quote(sure, safe="")


class RedactingFilter(logging.Filter):
    """The same for records of the standard library's logging: message, arguments and traceback become one safe text."""

    def __init__(self, redactor: Redactor) -> None:
        """One redactor serves all filters."""
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record pass, redacted in place."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = f"{record.msg!r} % {record.args!r}"
        record.msg, record.args = self._redactor.text(message), None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = self._redactor.error(record.exc_info[1])
            record.exc_info = None
        elif record.exc_text:
            record.exc_text = self._redactor.text(record.exc_text)
        return True
