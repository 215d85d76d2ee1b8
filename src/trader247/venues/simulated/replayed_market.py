"""A market from recorded files: candles, quote bars, quotes and trades, of several products on one clock.

*Candles* become a seeded path inside each bar (``bar_path``), one step every ``step_s`` seconds, with quotes around
the last trade: a buyer took the ask, a seller the bid. A missing bar has no trades; the quote stands still through it
and the candles show the hole. *Quotes* stand as recorded; *trades* bring quotes of their own only where the product
has no recorded ones. The first part of the files (``warmup_s``, else eight days or a third of the shortest) is history;
the market starts where all files are past theirs.
"""

import heapq
import random
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from attrs import define

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import DAY, SECOND, Instant, rfc3339
from trader247.venues.simulated.bar_path import bar_path, minutes_of
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.market import Bar, MarketStep, TapeTrade
from trader247.venues.simulated.products import Product, product_named
from trader247.venues.simulated.recorded_files import Recording

__all__ = ["ReplayedMarket", "Scaled"]

_WARMUP: Final = 8 * DAY
_DEPTH_SHARE: Final = 0.15
"""Size at the touch as a share of what trades in a minute."""

_DEPTH_MEMORY: Final = 0.9
_MINUTE_S: Final = 60


class ReplayedMarket:
    """Recorded markets, replayed."""

    def __init__(
        self,
        recordings: Sequence[Recording],
        *,
        step_s: float = 4.0,
        seed: int = 247,
        warmup_s: int | None = None,
        starting_at: Instant | None = None,
    ) -> None:
        """``starting_at`` moves the recorded times so that the start lies at or just before it; None keeps them.

        Raises:
            ConfigurationInvalid: no file, a step outside 0.01 to 3600 s, or files that do not overlap in time.
        """
        if not recordings or not 0.01 <= step_s <= 3600:
            raise ConfigurationInvalid(f"replay: needs a file and a step of 0.01 to 3600 s, not {step_s} s")
        for each in recordings:
            rivals = [other.path for other in recordings if _same_part(each, other)]
            if len(rivals) > 1:
                raise ConfigurationInvalid(
                    f"replay: {' and '.join(rivals)} tell the same of {each.product_id}; give one"
                )
        self._recordings, self._step_s, self._seed = recordings, step_s, seed
        self._recorded_start = _common_start(recordings, warmup_s)
        grid = max(_MINUTE_S * SECOND, *(_grid(each) for each in recordings))
        self._shift = 0 if starting_at is None else (starting_at - self._recorded_start) // grid * grid
        self.start = Instant(self._recorded_start + self._shift)
        self.products: Sequence[Product] = list(_products(recordings).values())
        self.notes: Sequence[str] = [note for each in recordings for note in _notes(each)]

    def history(self, product_id: str) -> Sequence[Bar]:
        """The minutes before the start that traded, from all files of the product, oldest first."""
        product = next(each for each in self.products if each.product_id == product_id)
        minutes: dict[int, Bar] = {}
        for recording in self._recordings:
            if recording.product_id == product_id:
                for bar in self._past(Scaled(recording, product)):
                    minutes.setdefault(bar.start_s, bar)
        shift_s = self._shift // SECOND
        return [bar._replace(start_s=start_s + shift_s) for start_s, bar in sorted(minutes.items())]

    def steps(self) -> Iterator[MarketStep]:
        """All files merged in time order, until the last ends."""
        streams = [self._stream(number) for number in range(len(self._recordings))]
        return iter(heapq.merge(*streams, key=attrgetter("at")))

    # --------------------------------------------------------------------------------------------------- the past
    def _past(self, scaled: "Scaled") -> Iterator[Bar]:
        until_s = self._recorded_start // SECOND
        rng = random.Random(f"replayed:{self._seed}:{scaled.recording.path}:past")
        span_s = scaled.recording.span_s or 1
        if scaled.recording.bars:
            past = (scaled.bar(bar) for bar in scaled.recording.bars if bar.start_s < until_s and bar.volume > 0)
        else:
            early = (row for row in scaled.recording.trades if row.at < self._recorded_start)
            past = (_single(row.at // SECOND, scaled.trade(row.trade)) for row in early)
        if span_s > _MINUTE_S:
            return (minute for bar in past for minute in minutes_of(bar, span_s, rng))
        return past if span_s == _MINUTE_S else _merged(past)

    # ----------------------------------------------------------------------------------------------------- onward
    def _product(self, recording: Recording) -> Product:
        return next(each for each in self.products if each.product_id == recording.product_id)

    def _rng(self, recording: Recording, number: int) -> random.Random:
        return random.Random(f"replayed:{self._seed}:{recording.path}:{number}")

    def _stream(self, number: int) -> Iterator[MarketStep]:
        recording = self._recordings[number]
        product = self._product(recording)
        scaled = Scaled(recording, product)
        quoted = any(
            each.quotes or each.quote_bars for each in self._recordings if each.product_id == product.product_id
        )
        maker = _Quoter(product, self._rng(recording, number))
        if recording.bars:
            steps = self._bar_steps(scaled, maker)
        elif recording.quote_bars:
            steps = self._quote_bar_steps(scaled, maker.rng)
        elif recording.quotes:
            steps = self._quote_steps(scaled)
        else:
            steps = self._trade_steps(scaled, maker)
        if quoted and not (recording.quotes or recording.quote_bars):
            return (step._replace(bid=0, ask=0) for step in steps if step.trades)
        return steps

    def _bar_steps(self, scaled: "Scaled", maker: "_Quoter") -> Iterator[MarketStep]:
        span_s = scaled.recording.span_s or _MINUTE_S
        parts = max(1, round(span_s / self._step_s))
        expected_s: int | None = None
        for recorded in scaled.recording.bars:
            bar = scaled.bar(recorded)
            if bar.start_s * SECOND < self._recorded_start:
                maker.learn(bar, span_s)
                continue
            yield from self._quiet(expected_s, bar.start_s, maker)
            maker.learn(bar, span_s)
            points = dict(bar_path(bar, parts, maker.rng))
            for part in range(parts):
                at = self._moved(bar.start_s * SECOND + part * span_s * SECOND // parts)
                yield maker.step(at, points.get(part, ()))
            expected_s = bar.start_s + span_s

    def _quiet(self, since_s: int | None, until_s: int, maker: "_Quoter") -> Iterator[MarketStep]:
        """Steps through a hole: the quote as it stood, nothing traded."""
        if since_s is None or maker.last == 0:
            return
        stride = round(self._step_s * SECOND)
        for at in range(since_s * SECOND, until_s * SECOND, stride):
            yield maker.step(self._moved(at), ())

    def _quote_bar_steps(self, scaled: "Scaled", rng: random.Random) -> Iterator[MarketStep]:
        span_s = scaled.recording.span_s or _MINUTE_S
        parts = max(4, round(span_s / self._step_s))
        for row in scaled.recording.quote_bars:
            if row.start_s * SECOND < self._recorded_start:
                continue
            paths = [_whole_path(Bar(row.start_s, *prices, 10**9), parts, rng) for prices in (row.bid, row.ask)]
            for part, (bid, ask) in enumerate(zip(*paths, strict=True)):
                at = self._moved(row.start_s * SECOND + part * span_s * SECOND // parts)
                yield scaled.quote(at, (bid, row.bid_size), (max(ask, bid + 1), row.ask_size))

    def _quote_steps(self, scaled: "Scaled") -> Iterator[MarketStep]:
        for at, bid, bid_size, ask, ask_size in scaled.recording.quotes:
            if at >= self._recorded_start:
                yield scaled.quote(self._moved(at), (bid, bid_size), (ask, ask_size))

    def _trade_steps(self, scaled: "Scaled", maker: "_Quoter") -> Iterator[MarketStep]:
        for at, recorded in scaled.recording.trades:
            trade = scaled.trade(recorded)
            maker.learn(_single(at // SECOND, trade), 1)
            if at >= self._recorded_start:
                yield maker.step(self._moved(at), (trade,))

    def _moved(self, at: int) -> Instant:
        return Instant(at + self._shift)


@define
class Scaled:
    """A recording in the increments of its product, which may be finer than the file's."""

    recording: Recording
    product: Product

    @property
    def _factors(self) -> tuple[int, int]:
        prices = 10 ** (self.product.price_digits - self.recording.price_digits)
        return prices, 10 ** (self.product.size_digits - self.recording.size_digits)

    @property
    def exact(self) -> bool:
        """Whether the product's increments are the file's own."""
        return self._factors == (1, 1)

    def bar(self, bar: Bar) -> Bar:
        price, size = self._factors
        start_s, opened, high, low, close, volume = bar
        return Bar(start_s, opened * price, high * price, low * price, close * price, volume * size)

    def trade(self, trade: TapeTrade) -> TapeTrade:
        price, size = self._factors
        return TapeTrade(trade.price * price, trade.size * size, trade.taker)

    def quote(self, at: Instant, bid: tuple[int, int], ask: tuple[int, int]) -> MarketStep:
        price, size = self._factors
        name = self.product.product_id
        return MarketStep(at, name, bid[0] * price, ask[0] * price, bid[1] * size, ask[1] * size)


class _Quoter:
    """Quotes around trades, for files that have none: a seeded spread, sizes from what trades in a minute."""

    def __init__(self, product: Product, rng: random.Random) -> None:
        self.rng = rng
        self.last = 0
        self._product = product
        self._per_minute = 0.0
        self._standing: MarketStep | None = None

    def learn(self, bar: Bar, span_s: int) -> None:
        """Take in a bar's volume, and its close where nothing is known yet."""
        volume = bar.volume * _MINUTE_S / span_s
        self._per_minute = (
            self._per_minute * _DEPTH_MEMORY + volume * (1 - _DEPTH_MEMORY) if self._per_minute else volume
        )
        self.last = self.last or bar.open

    def step(self, at: Instant, trades: tuple[TapeTrade, ...]) -> MarketStep:
        """A step with these trades, quoted around the last of them; without any, the quote as it stood."""
        if not trades and self._standing is not None:
            return self._standing._replace(at=at, trades=())
        price, rng = (trades[-1].price if trades else self.last), self.rng
        self.last = price
        spread = max(1, round(price * self._product.spread_bps * rng.uniform(0.6, 1.4) / 10_000))
        buyer_took = bool(trades) and trades[-1].taker is Side.BUY
        bid = max(1, price - spread) if buyer_took else price
        ask = max(price, bid + 1) if buyer_took else price + spread
        size = max(1.0, self._per_minute * _DEPTH_SHARE)
        bid_size, ask_size = (max(1, round(size * rng.uniform(0.4, 1.6))) for _ in range(2))
        self._standing = MarketStep(at, self._product.product_id, bid, ask, bid_size, ask_size, trades)
        return self._standing


def _whole_path(bar: Bar, parts: int, rng: random.Random) -> list[int]:
    """A price for every part, the last visited in it."""
    visited = {point.step: point.trades[-1].price for point in bar_path(bar, parts, rng)}
    price = bar.open
    return [price := visited.get(part, price) for part in range(parts)]


def _single(at_s: int, trade: TapeTrade) -> Bar:
    return Bar(at_s, trade.price, trade.price, trade.price, trade.price, trade.size)


def _merged(bars: Iterator[Bar]) -> Iterator[Bar]:
    """Bars or trades shorter than a minute as minutes."""
    current: Bar | None = None
    for start_s, opened, high, low, close, volume in bars:
        minute = start_s - start_s % _MINUTE_S
        if current is not None and current.start_s == minute:
            top, bottom = max(current.high, high), min(current.low, low)
            current = Bar(minute, current.open, top, bottom, close, current.volume + volume)
            continue
        if current is not None:
            yield current
        current = Bar(minute, opened, high, low, close, volume)
    if current is not None:
        yield current


def _same_part(one: Recording, other: Recording) -> bool:
    """Whether two files both give trades, or both quotes, of one product."""
    gives_quotes = bool(one.quotes or one.quote_bars) == bool(other.quotes or other.quote_bars)
    return one.product_id == other.product_id and gives_quotes


def _grid(recording: Recording) -> int:
    """Where a market of this file may start: at a bar, at a minute, or for quotes and trades at a second."""
    return SECOND if recording.span_s is None else max(recording.span_s, _MINUTE_S) * SECOND


def _common_start(recordings: Sequence[Recording], warmup_s: int | None) -> Instant:
    starts = []
    for each in recordings:
        warmup = min(_WARMUP, (each.end - each.first) // 3) if warmup_s is None else warmup_s * SECOND
        starts.append(each.first + warmup)
    grid = max(_grid(each) for each in recordings)
    start = Instant(-(-max(starts) // grid) * grid)
    if start >= min(each.end for each in recordings):
        spans = "; ".join(f"{each.path} {rfc3339(each.first, 0)} to {rfc3339(each.end, 0)}" for each in recordings)
        raise ConfigurationInvalid(f"replay: after their warm-up the files do not overlap in time: {spans}")
    return start


def _products(recordings: Sequence[Recording]) -> dict[str, Product]:
    """One product per name, fine enough for every file of it."""
    products: dict[str, Product] = {}
    for each in recordings:
        files = [other for other in recordings if other.product_id == each.product_id]
        price_digits, size_digits = max(f.price_digits for f in files), max(f.size_digits for f in files)
        products[each.product_id] = product_named(each.product_id, price_digits, size_digits)
    return products


def _notes(recording: Recording) -> Iterator[str]:
    if recording.renamed_from:
        yield f"{recording.path}: {recording.renamed_from} is traded here as {recording.product_id}"
    if recording.missing:
        missing = f"{recording.missing} bars of {recording.span_s} s are missing in {recording.gaps} gaps"
        yield f"{recording.path}: {missing}; nothing trades in them"
    if recording.quotes or recording.quote_bars:
        yield f"{recording.path}: quotes only; candles and ticker need a file of trades or candles beside it"
