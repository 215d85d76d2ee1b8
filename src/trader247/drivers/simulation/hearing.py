"""When the venue's word last reached the process, listened for where bytes arrive: the truth about silence.

A market without steps is no stale quote as long as the venue, asked, vouches for its book. What counts is what came
through: a ticker frame or an answer with prices for an instrument, any byte at all on the connection of the user
channel. Nothing of the daemon's is asked. Whatever looks like a quote counts as one, also where it is nonsense: a
silence that is noted here is one for anybody.
"""

import json
import re
from collections.abc import Iterable
from typing import Final

from attrs import Factory, define

from trader247.drivers.simulation.witness import Call, Witness
from trader247.model.instant import SECOND, Instant

__all__ = ["Hearing", "Listener"]

STALE: Final = "stale"
USER_STREAM: Final = "user_stream_down"
_SILENT_S: Final = 2.0
"""Each connection has a heartbeat a second: two that do not come are a silence."""

_WRONG_CLOCKS: Final = frozenset({"clock_step", "clock_drift", "venue_clock"})
"""While one of these holds, the age of a quote is nothing that anybody can know."""

_PRICES: Final = "/best_bid_ask"
_TICKER: Final = b'"channel":"ticker"'
_USER: Final = (b'"channel":"user"', b'"user":[')
_PRODUCT: Final = re.compile(rb'"product_id":"([A-Z0-9-]{3,30})"')


@define
class Hearing:
    """What the process heard last of each subject. ``quote_s``: the age from which a quote is too old."""

    witness: Witness
    quote_s: float = 5.0
    _last: dict[tuple[str, str], Instant] = Factory(dict)

    def quoted(self, symbols: Iterable[str], now: Instant) -> None:
        """Prices of these instruments arrived."""
        for symbol in symbols:
            self._heard(STALE, symbol, now)

    def answered(self, call: Call) -> None:
        """An answer of the venue arrived, whole."""
        if call.path == _PRICES and call.status == 200 and call.answered_at is not None:
            self.quoted(_priced(call.answer), call.answered_at)

    def user_stream(self, now: Instant) -> None:
        """A byte arrived on the user channel's connection."""
        self._heard(USER_STREAM, "", now)

    def stood_still(self, now: Instant) -> None:
        """The process was stopped until now: what it could not hear meanwhile was no silence."""
        for key in self._last:
            self._last[key] = now

    def over(self, now: Instant) -> None:
        """The process is gone; the next one has heard nothing yet."""
        for kind, subject in self._last:
            self._note(kind, subject, now)
        self._last.clear()

    def _heard(self, kind: str, subject: str, now: Instant) -> None:
        self._note(kind, subject, now)
        self._last[kind, subject] = now

    def _note(self, kind: str, subject: str, now: Instant) -> None:
        last = self._last.get((kind, subject))
        allowed_s = self.quote_s if kind == STALE else _SILENT_S
        if last is None or now - last <= allowed_s * SECOND:
            return
        if kind == STALE and self._clock_was_wrong(last, now):
            return
        begun = Instant(last + round(allowed_s * SECOND))
        self.witness.breach(kind, begun, (now - begun) / SECOND, subject)

    def _clock_was_wrong(self, since: Instant, until: Instant) -> bool:
        wrong = (each for each in self.witness.breaches if each.kind in _WRONG_CLOCKS)
        return any(each.at <= until and (each.until is None or each.until >= since) for each in wrong)


@define
class Listener:
    """The process's end of one WebSocket connection, which learns from the frames whose it is."""

    hearing: Hearing
    _is_user: bool = False

    def heard(self, received: bytes | bytearray, now: Instant) -> None:
        """Bytes arrived; none at all are the end of the connection."""
        if not received:
            return
        if _TICKER in received:
            self.hearing.quoted((found.decode("ascii") for found in _PRODUCT.findall(received)), now)
        self._is_user = self._is_user or any(mark in received for mark in _USER)
        if self._is_user:
            self.hearing.user_stream(now)


def _priced(answer: str) -> list[str]:
    """The products of an answer about prices; of one that is no such answer, none."""
    try:
        said = json.loads(answer)
    except ValueError:
        return []
    books = said.get("pricebooks", ()) if isinstance(said, dict) else ()
    return [book["product_id"] for book in books if book.get("bids") and book.get("asks")]
