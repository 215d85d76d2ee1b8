"""How much was lost, measured from where (requirement DD1): the day, the week, and the highest NLV ever.

Days and weeks are UTC; a week begins on Monday. The marks move only here and are journalled when they do, so that a
restart measures from the same ones.

A person who resumes over a breached limit has seen the loss: the same limit trips again once the loss is a step larger
(``loss_limits.step_pct``), or in the next day or week, or after a new high. Other limits are as they were.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from attrs import evolve

from trader247.model.instant import DAY, EPOCH, Instant
from trader247.model.money import HUNDRED, Notional
from trader247.model.policy import LossLimits
from trader247.model.portfolio import AcknowledgedLoss, EquityMarks

__all__ = ["breach_of", "losses_of", "marks_after"]

_SURE: Final = 1e-9
"""The share by which a float is on one side of an amount for sure."""
_DRAWDOWN: Final = "drawdown"
_WEEK: Final = 7 * DAY
_MONDAY: Final = 4 * DAY
"""1970-01-01 was a Thursday; the first Monday came four days later."""


def marks_after(marks: EquityMarks | None, nlv: Notional, at: Instant) -> EquityMarks:
    """The marks once this NLV was seen at this instant."""
    day = Instant(at - at % DAY)
    week = Instant(at - (at - _MONDAY) % _WEEK)
    if marks is None:
        return EquityMarks(high_water=nlv, day=day, day_open=nlv, week=week, week_open=nlv)
    if marks.day < day:  # a clock that steps back must not forget what the day began with
        marks = evolve(marks, day=day, day_open=nlv)
    if marks.week < week:
        marks = evolve(marks, week=week, week_open=nlv)
    return evolve(marks, high_water=nlv) if nlv > marks.high_water else marks


def band_of(marks: EquityMarks, limits: LossLimits) -> tuple[float, float]:
    """Between these two, an NLV of the same day moves no mark and breaches no limit."""
    floors = [
        mark * (1 - limit_pct / HUNDRED) if mark > 0 else Decimal("Infinity")
        for _, _, mark, limit_pct in _limits(marks, limits)
    ]
    return float(max(floors)) * (1 + _SURE), float(marks.high_water) * (1 - _SURE)


def losses_of(marks: EquityMarks, nlv: Notional, limits: LossLimits) -> tuple[AcknowledgedLoss, ...]:
    """Every limit that this NLV breaches, as one could acknowledge it; losing exactly the limit is a breach."""
    return tuple(loss for loss, _ in _breached(marks, nlv, limits))


def breach_of(
    marks: EquityMarks, nlv: Notional, limits: LossLimits, acknowledged: tuple[AcknowledgedLoss, ...] = ()
) -> str | None:
    """Which loss limit this NLV breaches, in words; one that was acknowledged is none until it is a step worse."""
    for loss, limit_pct in _breached(marks, nlv, limits):
        text = f"{loss.limit}: lost {loss.lost_pct:.2f} % of {loss.mark:.2f} (limit {limit_pct} %)"
        seen = next((each for each in acknowledged if _same(each, loss)), None)
        if seen is None:
            return text
        if loss.lost_pct >= seen.lost_pct + limits.step_pct:
            return f"{text}; {seen.lost_pct:.2f} % were resumed over"
    return None


def _breached(marks: EquityMarks, nlv: Notional, limits: LossLimits) -> Iterator[tuple[AcknowledgedLoss, Decimal]]:
    for name, since, mark, limit_pct in _limits(marks, limits):
        lost_pct = _lost_pct(mark, nlv)
        if lost_pct >= limit_pct:
            yield AcknowledgedLoss(name, since, mark, lost_pct), limit_pct


def _limits(marks: EquityMarks, limits: LossLimits) -> tuple[tuple[str, Instant, Notional, Decimal], ...]:
    return (
        (_DRAWDOWN, EPOCH, marks.high_water, limits.max_drawdown_pct),
        ("daily stop", marks.day, marks.day_open, limits.daily_stop_pct),
        ("weekly stop", marks.week, marks.week_open, limits.weekly_stop_pct),
    )


def _same(seen: AcknowledgedLoss, loss: AcknowledgedLoss) -> bool:
    """Of the same limit and period; a new high ends a drawdown (and a restart may know one a little lower)."""
    return (seen.limit, seen.since) == (loss.limit, loss.since) and (loss.limit != _DRAWDOWN or loss.mark <= seen.mark)


def _lost_pct(mark: Notional, nlv: Notional) -> Decimal:
    return (mark - nlv) / mark * HUNDRED if mark > 0 else HUNDRED
