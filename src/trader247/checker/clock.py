"""Time: nothing lasts less than nothing, a clock that steps stops entries, and a cooldown outlives everything."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from attrs import define

from trader247.checker.evidence import SECOND, Evidence, Limits
from trader247.checker.invariant import Violation, invariant
from trader247.checker.truth import alive, permits_near

__all__ = ["cooldowns_hold", "durations_are_durations"]

_NEGATIVE: Final = re.compile(r'"(?!drift|offset)(\w*(?:_s|_ms|age|took|_ns)(?:_max)?)":-\d')
_STEP_SEEN_S: Final = 2
_LEARNED_NS: Final = SECOND // 2
"""From the booking of a fill to the arbiter: an approval that was given in between was right when it was given."""


@invariant("I-43", "durations in rows, steps of the clock", lambda evidence: len(evidence.rows))
def durations_are_durations(evidence: Evidence) -> Iterator[Violation]:
    """No row has a negative age or duration, no answer precedes its question, and a step closes the entry permit.

    The permit closes within 2 s of a step of over 150 ms. An offset or a drift has a sign by nature.
    """
    for row in evidence.rows:
        found = _NEGATIVE.search(row.body)
        if found:
            yield durations_are_durations.broken(f"row {row.seq} has a negative {found[1]}", row.told_at, found[1])
    for sent in evidence.sent:
        if sent.answered_at is not None and sent.answered_at < sent.at:
            early_ms = (sent.at - sent.answered_at) / 1e6
            text = f"{sent.method} {sent.path} was answered {early_ms:.3f} ms before it was asked"
            yield durations_are_durations.broken(text, sent.at, sent.path)
    for breach in evidence.breaches:
        until = breach.at + _STEP_SEEN_S * SECOND
        if breach.kind != "clock_step" or not alive(evidence, breach.at, until) or until > evidence.ended:
            continue
        if all(permit.entry for permit in permits_near(evidence, breach.at, until)):
            text = f"the clock stepped, and {_STEP_SEEN_S} s later entries are still permitted"
            yield durations_are_durations.broken(text, breach.at, "clock_step")


@define
class _Wait:
    """No entry from when a fill was known until it is over, unless for the same wish."""

    known: int
    until: int
    why: str
    wish: str | None


@define
class _Trade:
    """An instrument's position and its way out."""

    held: Decimal = Decimal(0)
    realised: Decimal = Decimal(0)
    entry: _Wait | None = None
    way_out: _Wait | None = None
    stop: _Wait | None = None

    def waits(self) -> Iterator[_Wait]:
        """What is in force or was."""
        yield from (each for each in (self.entry, self.way_out, self.stop) if each is not None)


def _cooldown_s(limits: Limits) -> float:
    return max(
        limits.cooldown_s, limits.cooldown_after_win_s, limits.cooldown_after_loss_s, limits.cooldown_after_stop_s
    )


@invariant(
    "I-44",
    "entries and the fills before them",
    lambda e: len(e.own_fills) if _cooldown_s(e.limits) else 0,
)
def cooldowns_hold(evidence: Evidence) -> Iterator[Violation]:
    """No entry into an instrument within the cooldown after a fill of it, over restarts and for every strategy.

    An entry's own requotes are one entry. A sale ends its entry's cooldown and begins the one of its result: won, lost
    or even, and that of a stop beside it. Counted from when the fill was booked, to half a second.
    """
    intents, intended = evidence.journal.intents(), evidence.journal.meant()
    events: list[tuple[int, int, Any]] = [
        (entry.row.seq, 0, entry) for entry in evidence.journal.entries("fill_booked")
    ]
    fills = [entry for _seq, _rank, entry in events]
    trades: dict[str, _Trade] = {}
    place = 0
    for create in sorted(evidence.creates, key=lambda create: create.sent.at):
        intent = intents.get(create.client_order_id)
        if create.side != "BUY" or intent is None:
            continue
        while place < len(fills) and fills[place].row.told_at <= create.sent.at:
            _play(evidence, trades, fills[place].body, fills[place].row.told_at)
            place += 1
        meant = intended[create.client_order_id]
        for wait in trades.get(create.symbol, _Trade()).waits():
            begun = meant >= wait.known + _LEARNED_NS
            if begun and meant < wait.until and wait.wish != intent["proposal_id"]:
                left_s = (wait.until - meant) / SECOND
                text = (
                    f"{create.symbol} is entered by {create.client_order_id} {left_s:.0f} s before {wait.why} is over"
                )
                yield cooldowns_hold.broken(text, create.sent.at, create.symbol)
                break


def _play(evidence: Evidence, trades: dict[str, _Trade], body: dict[str, Any], known: int) -> None:
    fill, intent, limits = body["fill"], body["order"]["intent"], evidence.limits
    trade = trades.setdefault(fill["symbol"], _Trade())
    at, quantity = int(fill["at"]), Decimal(fill["quantity"])

    def wait(seconds: float, why: str, wish: str | None = None) -> _Wait:
        return _Wait(known, at + round(seconds * SECOND), why, wish)

    if fill["side"] == "BUY":
        if not trade.held:
            trade.realised = Decimal(0)
        trade.held += quantity
        trade.entry = wait(limits.cooldown_s, "the cooldown after an entry", intent["proposal_id"])
        return
    trade.held -= quantity
    trade.realised += Decimal(body["realised"])
    trade.entry = None
    if trade.realised > 0:
        trade.way_out = wait(limits.cooldown_after_win_s, "the cooldown after a win")
    elif trade.realised < 0:
        trade.way_out = wait(limits.cooldown_after_loss_s, "the cooldown after a loss")
    else:
        trade.way_out = wait(limits.cooldown_s, "the cooldown after an exit")
    if intent["kind"] == "exit" and intent["reason"].startswith("stop"):
        trade.stop = wait(limits.cooldown_after_stop_s, "the cooldown after a stop")
