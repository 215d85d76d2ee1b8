"""A recording as it was known at an instant: nothing after it, and no more digits than were seen until then.

A file's prices are kept in ticks of the finest price in it. Where the finest comes later, the ticks themselves tell
of the future: orders would be placed on a grid that the market did not have yet.
"""

from collections.abc import Iterator

from attrs import evolve

from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.recorded_files import QuoteBar, QuoteRow, Recording, TradeRow

__all__ = ["as_of"]


def as_of(recording: Recording, end: Instant | None) -> Recording:
    """Bars that were over by ``end``, and what was quoted or traded before it; the same where it ended before."""
    if end is None or recording.end <= end:
        return recording
    span = (recording.span_s or 0) * SECOND
    known = evolve(
        recording,
        end=end,
        bars=[bar for bar in recording.bars if bar.start_s * SECOND + span <= end],
        quote_bars=[bar for bar in recording.quote_bars if bar.start_s * SECOND + span <= end],
        quotes=[row for row in recording.quotes if row.at < end],
        trades=[row for row in recording.trades if row.at < end],
    )
    prices, sizes = _spare(_prices(known), known.price_digits), _spare(_sizes(known), known.size_digits)
    return _coarser(known, prices, sizes) if prices or sizes else known


def _prices(recording: Recording) -> Iterator[int]:
    for bar in recording.bars:
        yield from bar[1:5]
    for quoted in recording.quote_bars:
        yield from quoted.bid
        yield from quoted.ask
    for quote in recording.quotes:
        yield from (quote.bid, quote.ask)
    for row in recording.trades:
        yield row.trade.price


def _sizes(recording: Recording) -> Iterator[int]:
    for bar in recording.bars:
        yield bar.volume
    for quoted in recording.quote_bars:
        yield from (quoted.bid_size, quoted.ask_size)
    for quote in recording.quotes:
        yield from (quote.bid_size, quote.ask_size)
    for row in recording.trades:
        yield row.trade.size


def _spare(numbers: Iterator[int], digits: int) -> int:
    """How many of the last digits are zero in all of them; mostly none, which a few of them show."""
    for number in numbers:
        while digits and number % 10**digits:
            digits -= 1
        if not digits:
            return 0
    return digits


def _coarser(recording: Recording, price_digits: int, size_digits: int) -> Recording:
    prices, sizes = 10**price_digits, 10**size_digits

    def four(each: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        return each[0] // prices, each[1] // prices, each[2] // prices, each[3] // prices

    return evolve(
        recording,
        price_digits=recording.price_digits - price_digits,
        size_digits=recording.size_digits - size_digits,
        bars=[type(bar)(bar.start_s, *four(bar[1:5]), bar.volume // sizes) for bar in recording.bars],
        quote_bars=[
            QuoteBar(each.start_s, four(each.bid), each.bid_size // sizes, four(each.ask), each.ask_size // sizes)
            for each in recording.quote_bars
        ],
        quotes=[
            QuoteRow(each.at, each.bid // prices, each.bid_size // sizes, each.ask // prices, each.ask_size // sizes)
            for each in recording.quotes
        ],
        trades=[
            TradeRow(at, trade._replace(price=trade.price // prices, size=trade.size // sizes))
            for at, trade in recording.trades
        ],
    )
