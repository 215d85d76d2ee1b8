"""The line of frames to one WebSocket connection, with what goes wrong on it. Pure: texts in, texts out, times said.

Frames carry their number. What a *lossless looking* fault swallows (a stall) is numbered away, so that a client sees
silence and nothing else; what is lost (drop) or jumped over (gap) leaves its hole.
"""

import re
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from attrs import define, field

from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.faults.desk import FaultDesk, Hit
from trader247.venues.simulated.faults.mispricing import mispriced
from trader247.venues.simulated.faults.plan import Kind, Point

__all__ = ["FrameLine"]

_HEAD = re.compile(r'"sequence_num":(\d+)')
_CHANNEL = re.compile(r'"channel":"([^"]*)"')
_HEAD_CHARS: Final = 300
"""The envelope's own fields stand before the events; a number inside those is never touched."""

_HELD_MAX: Final = 10_000
"""Frames that wait at most; past it the oldest go, late or not, as a broken pipe would let them go at last."""


@define
class _Held:
    text: str
    passing: int
    """Frames that have to pass first."""


@define
class FrameLine:
    """The line of connection ``number`` (from 1). ``switch`` takes the hits that concern the whole exchange."""

    desk: FaultDesk
    number: int
    wants_close: bool = False
    wants_reset: bool = False
    other_hits: list[Hit] = field(factory=list)
    _shift: int = 0
    _delayed: deque[tuple[Instant, str]] = field(factory=deque)
    _held: list[_Held] = field(factory=list)
    _stalled: dict[str, Instant | None] = field(factory=dict)

    def next_release(self) -> Instant | None:
        """When a delayed frame may go; None while none waits."""
        return self._delayed[0][0] if self._delayed else None

    def released(self, now: Instant) -> list[str]:
        """The delayed frames whose time has come."""
        out: list[str] = []
        while self._delayed and (self._delayed[0][0] <= now or len(self._delayed) > _HELD_MAX):
            out.append(self._delayed.popleft()[1])
        return out

    def pass_on(self, frames: Iterable[str], now: Instant) -> list[str]:
        """What of these frames is sent now, and in which order, with what was waiting for it."""
        out = self.released(now)
        for text in frames:
            for made in self._struck(text, now):
                self._send(made, now, out)
        return out

    def _struck(self, text: str, now: Instant) -> list[str]:
        found = _CHANNEL.search(text, 0, _HEAD_CHARS)
        channel = found.group(1) if found is not None else "error"
        hits = self.desk.strike(Point.FRAME, channel, now, self.number)
        text = self._renumbered(text)
        for hit in hits:
            if hit.kind is Kind.STALL:
                until = hit.arguments["for_s"]
                scope = "*" if hit.arguments["scope"] == "connection" else channel
                self._stalled[scope] = None if until is None else Instant(now + round(until * SECOND))
        if self._is_stalled(channel, now):
            self._shift -= found is not None
            return []
        copies = [text]
        for hit in hits:
            copies = self._apply(hit, copies, now)
        return copies

    def _apply(self, hit: Hit, copies: list[str], now: Instant) -> list[str]:
        match hit.kind:
            case Kind.DROP:
                return []
            case Kind.DUPLICATE:
                return [each for each in copies for _ in range(2)]
            case Kind.TRUNCATE:
                return [each[: hit.arguments["bytes"]] for each in copies]
            case Kind.MISPRICE:
                return [mispriced(each, hit.arguments["price"]) for each in copies]
            case Kind.GAP:
                self._shift += hit.arguments["by"]
                return [self._moved(each, hit.arguments["by"]) for each in copies]
            case Kind.REORDER:
                self._held += [_Held(each, hit.arguments["by"]) for each in copies]
                return []
            case Kind.LATENCY:
                self._delay(copies, Instant(now + round(hit.seconds() * SECOND)))
                return []
            case Kind.CLOSE:
                self.wants_close = True
            case Kind.RESET:
                self.wants_reset = True
            case Kind.STALL:
                pass  # it took effect before
            case _:
                self.other_hits.append(hit)
        return copies

    def _is_stalled(self, channel: str, now: Instant) -> bool:
        for scope in ("*", channel):
            if scope in self._stalled:
                until = self._stalled[scope]
                if until is None or now < until:
                    return True
                del self._stalled[scope]
        return False

    def _send(self, text: str, now: Instant, out: list[str]) -> None:
        """Behind what is delayed, and past what is held back."""
        passed: list[str] = [text]
        for held in self._held:
            held.passing -= 1
            if held.passing <= 0:
                passed.append(held.text)
        self._held = [held for held in self._held if held.passing > 0]
        if self._delayed:
            self._delay(passed, now)
        else:
            out += passed

    def _delay(self, frames: Iterable[str], until: Instant) -> None:
        """Never shorter than what waits already: a slow line keeps its order."""
        free_at = max(until, self._delayed[-1][0]) if self._delayed else until
        self._delayed.extend((free_at, each) for each in frames)

    def _renumbered(self, text: str) -> str:
        return self._moved(text, self._shift) if self._shift else text

    @staticmethod
    def _moved(text: str, by: int) -> str:
        def add(found: re.Match[str]) -> Any:
            return f'"sequence_num":{int(found.group(1)) + by}'

        return _HEAD.sub(add, text[:_HEAD_CHARS], count=1) + text[_HEAD_CHARS:]
