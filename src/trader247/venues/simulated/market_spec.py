"""Opening a market from the text an operator writes.

::

    generated                                  the default market
    generated:seed=7,step=1,products=BTC-USD+ETH-USD
    replay:PATH[=SYMBOL][,PATH2[=SYMBOL2]..]   with seed=, step=, warmup_h= among the items

Several ``replay:`` texts are one market on one clock.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from attrs import define, field

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import Instant
from trader247.venues.simulated.generated_market import DEFAULT_PRODUCTS, GeneratedMarket
from trader247.venues.simulated.market import MarketSource
from trader247.venues.simulated.recorded_files import read_recording
from trader247.venues.simulated.replayed_market import ReplayedMarket

__all__ = ["open_market"]

_ALLOWED: Final = "generated[:seed=N,step=S,products=A-USD+B-USD] or replay:PATH[=SYMBOL][,PATH2..][,step=S]"
_PRODUCT = re.compile(r"[A-Z0-9]{2,10}-[A-Z]{3,5}")


@define
class _Wanted:
    """What the texts ask for together."""

    paths: list[tuple[Path, str | None]] = field(factory=list)
    seed: int | None = None
    step_s: float | None = None
    warmup_s: int | None = None
    products: tuple[str, ...] = DEFAULT_PRODUCTS


def open_market(
    texts: str | Sequence[str], *, start: Instant, seed: int = 247, step_s: float | None = None, shifted: bool = False
) -> MarketSource:
    """The market of one or more texts; seed and step in a text win over the arguments.

    ``start``: when a generated market starts. A replayed one keeps its recorded times (its ``start`` says them), unless
    ``shifted``, which moves it to start at or just before ``start``.

    Raises:
        ConfigurationInvalid: a text is not understood, or a file of it is unreadable or malformed.
    """
    several = [texts] if isinstance(texts, str) else list(texts)
    kinds = {text.partition(":")[0] for text in several}
    if kinds not in ({"generated"}, {"replay"}) or (kinds == {"generated"} and len(several) > 1):
        raise ConfigurationInvalid(f"market {', '.join(map(repr, several))} is not understood; allowed: {_ALLOWED}")
    wanted = _Wanted(seed=seed, step_s=step_s)
    for text in several:
        for item in filter(None, text.partition(":")[2].split(",")):
            _take(wanted, item, replay=kinds == {"replay"})
    seed = seed if wanted.seed is None else wanted.seed
    if kinds == {"generated"}:
        return GeneratedMarket(start, seed, wanted.products, 1.0 if wanted.step_s is None else wanted.step_s)
    if not wanted.paths:
        raise ConfigurationInvalid(f"market {several[0]!r} names no file; allowed: {_ALLOWED}")
    recordings = [read_recording(path, product_id) for path, product_id in wanted.paths]
    return ReplayedMarket(
        recordings,
        step_s=4.0 if wanted.step_s is None else wanted.step_s,
        seed=seed,
        warmup_s=wanted.warmup_s,
        starting_at=start if shifted else None,
    )


def _take(wanted: _Wanted, item: str, *, replay: bool) -> None:
    key, _, value = item.partition("=")
    try:
        if key == "seed":
            wanted.seed = int(value)
        elif key == "step":
            wanted.step_s = float(value)
        elif key == "warmup_h" and replay:
            wanted.warmup_s = round(float(value) * 3600)
        elif key == "products" and not replay:
            wanted.products = tuple(value.split("+"))
        elif replay:
            _take_path(wanted, item)
        else:
            raise ConfigurationInvalid(f"market option {item!r} is not understood; allowed: {_ALLOWED}")
    except ValueError:
        raise ConfigurationInvalid(f"market option {item!r}: {value!r} is not a number; allowed: {_ALLOWED}") from None


def _take_path(wanted: _Wanted, item: str) -> None:
    path, _, symbol = item.rpartition("=")
    if path and _PRODUCT.fullmatch(symbol):
        wanted.paths.append((Path(path), symbol))
    else:
        wanted.paths.append((Path(item), None))
