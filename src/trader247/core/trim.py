"""Which parts of which positions to sell so that exposure is under its caps again (requirement R3). Pure.

A price that rises lifts a position over a cap that its entry kept to. Exposure is counted as the risk arbiter counts it
(``core/exposure.py``): positions at mid, and every working buy at worst. Where it is over a cap by more than the
tolerance, the worst performers are sold first, until it is at the cap less the buffer; exactly at cap and tolerance
nothing happens. The caps are the configured ones. The regime's shares of them (``core/regime.py``) hold entries back
and force no sale: a crash closes every tier, and would have everything sold at the worst moment.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from attrs import define, field, frozen

from trader247.model.instrument import Instrument, Symbol, asset_of
from trader247.model.money import HUNDRED, NO_NOTIONAL, NO_QUANTITY, ZERO, Notional, Price, Quantity, ceil_to, floor_to
from trader247.model.policy import Caps, TrimTerms
from trader247.model.policy_universe import Group

__all__ = ["Cap", "Holding", "Sale", "Selling", "Trims", "caps_of", "trims"]


@frozen
class Cap:
    """The most that these instruments (all, where None) may be together, in percent of NLV."""

    name: str
    symbols: tuple[Symbol, ...] | None
    limit_pct: Decimal


@frozen
class Selling:
    """How an instrument can be sold now: the limit its sale would have, and what the venue takes."""

    instrument: Instrument
    price: Price


@frozen
class Holding:
    """One instrument with something at risk: what is held and not being sold, and what working buys may cost.

    ``selling`` is None where it cannot be sold at this moment; it counts all the same.
    """

    symbol: Symbol
    quantity: Quantity
    entry: Price
    mid: Price
    working: Notional = NO_NOTIONAL
    selling: Selling | None = None

    @property
    def value(self) -> Decimal:
        """What is held, at mid."""
        return self.quantity * self.mid

    @property
    def at_worst(self) -> Decimal:
        """Position and working buys."""
        return self.value + self.working

    @property
    def performance(self) -> Decimal:
        """The mid as a multiple of the average entry."""
        return self.mid / self.entry


@frozen
class Sale:
    """So much of an instrument is to be sold; ``why`` names the first cap that asks for it."""

    symbol: Symbol
    quantity: Quantity
    why: str


@frozen
class Trims:
    """One turn: the sales, and what was passed over because it is too small. ``over`` are the caps that were passed."""

    sales: tuple[Sale, ...] = ()
    dust: tuple[Symbol, ...] = ()
    over: tuple[str, ...] = ()


def caps_of(caps: Caps, groups: Iterable[Group], symbols: Iterable[Symbol]) -> tuple[Cap, ...]:
    """Every cap that these instruments count to, the narrow ones first: what is sold for one serves the wider ones."""
    books: dict[str, tuple[Symbol, ...]] = {}
    for symbol in sorted(symbols):
        books[asset_of(symbol)] = (*books.get(asset_of(symbol), ()), symbol)
    assets = [Cap("asset", held, caps.per_asset_pct) for held in books.values()]
    together: list[Cap] = []
    for group in groups:
        limit_pct, members = group.limit_pct, group.symbols
        if limit_pct is None:  # a theme is of assets, through whichever of their books; a tier is of instruments
            limit_pct = caps.per_theme_pct
            themed = {asset_of(symbol) for symbol in members}
            members = tuple(symbol for asset, held in books.items() if asset in themed for symbol in held)
        if any(symbol in members for held in books.values() for symbol in held):
            together.append(Cap(group.name, members, limit_pct))
    return (*assets, *together, Cap("total", None, caps.total_pct))


def trims(holdings: Sequence[Holding], nlv: Notional, caps: Sequence[Cap], terms: TrimTerms) -> Trims:
    """The sales of one turn, in the order in which they were found: by cap, then the worst performer first.

    Of an account that is worth nothing no share can be told, and nothing is sold.
    """
    if nlv <= 0:
        return Trims()
    turn = _Turn(nlv, terms, sorted(holdings, key=lambda holding: (holding.performance, holding.symbol)))
    for cap in caps:
        turn.bring_down(cap)
    sales = tuple(Sale(symbol, quantity, turn.why[symbol]) for symbol, quantity in turn.sold.items())
    return Trims(sales, tuple(dict.fromkeys(turn.dust)), tuple(turn.over))


@define
class _Turn:
    """What one turn has decided so far."""

    nlv: Notional
    terms: TrimTerms
    worst_first: Sequence[Holding]
    sold: dict[Symbol, Quantity] = field(factory=dict)
    why: dict[Symbol, str] = field(factory=dict)
    dust: list[Symbol] = field(factory=list)
    over: list[str] = field(factory=list)

    def bring_down(self, cap: Cap) -> None:
        group = [h for h in self.worst_first if cap.symbols is None or h.symbol in cap.symbols]
        exposed = sum((h.at_worst - self._sold(h) * h.mid for h in group), ZERO)
        # multiplied, never divided: at the boundary a rounded quotient could be on either side
        if exposed * HUNDRED <= (cap.limit_pct + self.terms.tolerance_pct) * self.nlv:
            return
        self.over.append(cap.name)
        excess = exposed - cap.limit_pct * (1 - self.terms.buffer_share) * self.nlv / HUNDRED
        why = f"{cap.name} holds {exposed / self.nlv * HUNDRED:.2f} %, at most {cap.limit_pct} %"
        for holding in group:
            if excess <= 0:
                return
            excess -= self._sell(holding, excess, why) * holding.mid

    def _sell(self, holding: Holding, excess: Decimal, why: str) -> Decimal:
        """How much more of a holding is sold now, for so much too much."""
        symbol, before, selling = holding.symbol, self._sold(holding), holding.selling
        if selling is None or (symbol not in self.sold and len(self.sold) >= self.terms.sales_max):
            return ZERO
        quantity = _quantity(holding, selling, before + excess / holding.mid)
        if quantity is None or holding.value < self.terms.least_usd:
            if holding.quantity:
                self.dust.append(symbol)
            return ZERO
        if quantity <= before:
            return ZERO
        self.sold[symbol] = quantity
        self.why.setdefault(symbol, why)
        return quantity - before

    def _sold(self, holding: Holding) -> Quantity:
        return self.sold.get(holding.symbol, NO_QUANTITY)


def _quantity(holding: Holding, selling: Selling, wanted: Decimal) -> Quantity | None:
    """What to sell so that at least ``wanted`` goes, on the grid and inside the venue's sizes; None where nothing can.

    A rest that could never be sold goes with it. More than one order may be is left to the next turn.
    """
    instrument, price = selling.instrument, selling.price
    step = instrument.base_increment
    most = floor_to(holding.quantity, step)
    least = max(ceil_to(instrument.base_min_size, step), ceil_to(instrument.quote_min_size / price, step))
    if least > most:
        return None
    quantity = min(max(ceil_to(wanted, step), least), most)
    if most - quantity < least:
        quantity = most
    quantity = min(quantity, floor_to(instrument.base_max_size, step))
    return Quantity(quantity) if instrument.fault_of(price, Quantity(quantity)) is None else None
