"""What a backtest is asked to do, made into a run: files read and checked, market, exchange, costs, deciders."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from attrs import evolve, field, frozen

from trader247 import __version__
from trader247.config.fingerprint import fingerprint
from trader247.config.schema import Configuration
from trader247.config.third_party import ThirdParties
from trader247.drivers.backtest.recorder import Recorder
from trader247.drivers.backtest.report import Json, Run, report_of
from trader247.drivers.backtest.run import Backtest
from trader247.errors import ConfigurationInvalid
from trader247.model.ids import RunEpoch
from trader247.model.instant import MILLISECOND, Instant, rfc3339
from trader247.model.instrument import Symbol
from trader247.model.money import BPS, plain
from trader247.model.signals import Tier
from trader247.venues.simulated.careful_market import CarefulMarket
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.fee_tiers import FeeTier
from trader247.venues.simulated.frictions import Friction, Frictions
from trader247.venues.simulated.recorded_files import Recording, read_recording

__all__ = ["Costs", "Plan", "Prepared", "prepare"]

_SLIPPAGE_BPS: Final = {Tier.CORE: 10.0, Tier.ROTATIONAL: 25.0, Tier.EVENT_DRIVEN: 50.0}
_PARTIAL_FACTOR: Final = {Tier.CORE: 0.5, Tier.ROTATIONAL: 1.0, Tier.EVENT_DRIVEN: 2.0}


@frozen
class Costs:
    """What trading costs: fees in bps, latency of each way, slippage as a factor on the tiers' own, partial fills.

    ``spread`` is a factor on the instrument's usual one, for candles; a tick to each side is the least.
    """

    maker_bps: Decimal = Decimal(40)
    taker_bps: Decimal = Decimal(60)
    latency_ms: int = 50
    slippage: float = 1.0
    partial_pct: float = 10.0
    spread: float = 1.0

    @classmethod
    def read(cls, text: str) -> "Costs":
        """``maker=40,taker=60,latency_ms=50,slippage=1,partial_pct=10,spread=1``, any of them.

        Raises:
            ConfigurationInvalid: a name is unknown, or a value no number that can be.
        """
        names = {"maker": "maker_bps", "taker": "taker_bps", "latency_ms": "latency_ms"}
        names |= {"slippage": "slippage", "partial_pct": "partial_pct", "spread": "spread"}
        said: dict[str, object] = {}
        for item in filter(None, text.split(",")):
            name, _, value = item.partition("=")
            if name not in names:
                raise ConfigurationInvalid(f"costs: {item!r} is not understood; there are {', '.join(names)}")
            number = _number(item, value)
            is_money, is_whole = name in {"maker", "taker"}, name == "latency_ms"
            said[names[name]] = number if is_money else int(number) if is_whole else float(number)
        return cls(**said)  # type: ignore[arg-type]

    def as_plain(self) -> Mapping[str, str]:
        """For the report."""
        return {
            "maker_bps": plain(self.maker_bps),
            "taker_bps": plain(self.taker_bps),
            "latency_ms": str(self.latency_ms),
            "slippage": f"{self.slippage:g}",
            "partial_pct": f"{self.partial_pct:g}",
            **({"spread": f"{self.spread:g}"} if self.spread != 1 else {}),
        }


def _number(item: str, value: str) -> Decimal:
    if not value.replace(".", "", 1).isdecimal() or not value.isascii() or Decimal(value) >= 10_000:
        raise ConfigurationInvalid(f"costs: {item!r}: a plain number from 0 to below 10000 is wanted")
    return Decimal(value)


@frozen
class Plan:
    """One run. ``strategies`` empty: those enabled in the configuration. ``files`` with an instrument or None.

    ``third``: the strategies that are not in the box, as the configuration was loaded with them.
    """

    config: Configuration
    files: Sequence[tuple[Path, str | None]]
    strategies: Sequence[str] = ()
    start: Instant | None = None
    end: Instant | None = None
    seed: int = 247
    funds: Decimal = Decimal(100_000)
    costs: Costs = Costs()
    third: ThirdParties = field(factory=lambda: ThirdParties(Path()), eq=False, repr=False)


@frozen
class Prepared:
    """A run that is ready to go. ``notes``: what a person should know of the data."""

    test: Backtest
    plan: Plan
    run: Run
    notes: Sequence[str]

    def report(self, found: Recorder) -> Json:
        """What came of it so far; partial where it did not reach its end."""
        reached = self.run.end if not self.test.stopped else self.test.now
        run = evolve(self.run, reached=reached, cycles=self.test.cycles)
        return report_of(found, run, self.plan.config.universe)


def prepare(plan: Plan, read: Sequence[Recording] = ()) -> Prepared:
    """Read everything and put it together; ``read`` are the plan's files where they were read before.

    Raises:
        ConfigurationInvalid: a file, the span, a strategy or an instrument is not as it has to be.
    """
    config, names = _with_strategies(plan)
    if plan.start is not None and plan.end is not None and plan.start >= plan.end:
        span = f"--from {rfc3339(plan.start, 0)} is not before --to {rfc3339(plan.end, 0)}"
        raise ConfigurationInvalid(f"backtest: {span}; give an earlier --from or a later --to")
    recordings = read or [read_recording(path, product_id) for path, product_id in plan.files]
    config = _narrowed(config, recordings)
    costs = plan.costs
    market = CarefulMarket(recordings, seed=plan.seed, start=plan.start, end=plan.end, spread=costs.spread)
    exchange = SimulatedExchange(
        market,
        funds={"USD": plan.funds},
        fee_tier=FeeTier("backtest", costs.maker_bps / BPS, costs.taker_bps / BPS),
        seed=plan.seed,
        lays_books=False,
    )
    exchange.engine.frictions = _frictions(plan, exchange)
    end = min(plan.end or max(each.end for each in recordings), max(each.end for each in recordings))
    epoch = RunEpoch(f"{random.Random(plan.seed).getrandbits(40):010x}")  # noqa: S311 - repeatable on purpose
    latency_ns = costs.latency_ms * MILLISECOND
    test = Backtest(config, exchange, end, epoch=epoch, latency_ns=latency_ns, builders=plan.third.builders())
    kinds = {config.strategies[name].kind for name in names}
    code = {kind: found.digest for kind, found in plan.third.found.items() if kind in kinds}
    run = Run(
        version=__version__,
        files=[_described(path, each) for (path, _), each in zip(plan.files, recordings, strict=True)],
        start=market.start,
        end=end,
        reached=end,
        seed=plan.seed,
        config_hash=fingerprint(config, code),
        strategies=names,
        costs={**costs.as_plain(), "funds": plain(plan.funds)},
        cycles=0,
    )
    return Prepared(test, evolve(plan, config=config), run, market.notes)


def _with_strategies(plan: Plan) -> tuple[Configuration, list[str]]:
    known = plan.config.strategies
    unknown = [name for name in plan.strategies if name not in known]
    if unknown:
        raise ConfigurationInvalid(
            f"strategy {unknown[0]!r} is not configured in strategies.yaml; there are {', '.join(sorted(known))}"
        )
    if not plan.strategies:
        return plan.config, sorted(name for name, terms in known.items() if terms.enabled)
    chosen = {name: evolve(known[name], enabled=True) for name in sorted(plan.strategies)}
    return evolve(plan.config, strategies=chosen), list(chosen)


def _narrowed(config: Configuration, recordings: Sequence[Recording]) -> Configuration:
    """A cycle wants no more instruments than there are files for."""
    tradable = set(config.universe.tradable)
    strange = sorted({each.product_id for each in recordings} - tradable)
    if strange:
        text = f"{', '.join(strange)} may not be traded by universe.yaml, which has {', '.join(sorted(tradable))}"
        raise ConfigurationInvalid(f"backtest: {text}; add it to an enabled tier there, or leave the file out")
    there = len({each.product_id for each in recordings})
    least = min(config.universe.min_eligible_assets, there)
    return evolve(config, universe=evolve(config.universe, min_eligible_assets=least))


def _frictions(plan: Plan, exchange: SimulatedExchange) -> Frictions:
    terms: dict[str, Friction] = {}
    for name in exchange.products:
        tier = plan.config.universe.tier_of(Symbol(name)) or Tier.EVENT_DRIVEN
        slippage, partial = _SLIPPAGE_BPS[tier] * plan.costs.slippage, plan.costs.partial_pct * _PARTIAL_FACTOR[tier]
        terms[name] = Friction(slippage, min(partial, 100.0))
    return Frictions(terms, exchange.products, exchange.candles, plan.seed)


def _described(path: Path, recording: Recording) -> Mapping[str, str]:
    return {
        "name": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "instrument": recording.product_id,
        "first": rfc3339(recording.first, 0),
        "end": rfc3339(recording.end, 0),
        "missing_bars": str(recording.missing),
    }
