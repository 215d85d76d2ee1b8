"""How much was lost, measured from where (requirement DD1): the day, the week, and the highest NLV ever.

Days and weeks are UTC; a week begins on Monday. The marks move only here and are journalled when they do, so that a
restart measures from the same ones.
"""

from decimal import Decimal
from typing import Final

from attrs import evolve

from trader247.model.instant import DAY, Instant
from trader247.model.money import HUNDRED, Notional
from trader247.model.policy import LossLimits
from trader247.model.portfolio import EquityMarks

__all__ = ["breach_of", "marks_after"]

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


def breach_of(marks: EquityMarks, nlv: Notional, limits: LossLimits) -> str | None:
    """Which loss limit this NLV breaches, in words; losing exactly the limit is a breach."""
    rows = (
        ("drawdown", marks.high_water, limits.max_drawdown_pct),
        ("daily stop", marks.day_open, limits.daily_stop_pct),
        ("weekly stop", marks.week_open, limits.weekly_stop_pct),
    )
    for name, mark, limit_pct in rows:
        lost_pct = _lost_pct(mark, nlv)
        if lost_pct >= limit_pct:
            return f"{name}: lost {lost_pct:.2f} % of {mark:.2f} (limit {limit_pct} %)"
    return None


def _lost_pct(mark: Notional, nlv: Notional) -> Decimal:
    return (mark - nlv) / mark * HUNDRED if mark > 0 else HUNDRED
