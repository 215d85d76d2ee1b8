"""Rules about time: how soon after a fill, a loss or another entry the next one may come (requirement CD1).

All of them are about entries; an exit is never paced. What they compare with is in the portfolio, which is made from
fills, so it is the same after a restart.
"""

from trader247.core.risk_books import Books
from trader247.messages.trading import RiskReason, TradeProposal
from trader247.model.instant import DAY, HOUR, MINUTE, SECOND, Instant
from trader247.model.order import Side

__all__ = ["not_cooling_down", "paced"]


def not_cooling_down(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """CD1: no entry soon after a fill of the same instrument, and longer none after its stop."""
    if proposal.side is Side.SELL:
        return None
    rows = (
        ("cooldown", "an entry", books.portfolio.entries_24h, books.policy.cooldown_minutes),
        ("cooldown_after_stop", "its stop", books.portfolio.stop_outs_24h, books.policy.cooldown_after_stop_minutes),
    )
    for rule, what, events, minutes in rows:
        last = max((at for symbol, at in events if symbol == proposal.symbol), default=None)
        if last is not None and books.now.utc - last < minutes * MINUTE:
            ago = (books.now.utc - last) / MINUTE
            return RiskReason(rule, f"{what} was {ago:.0f} min ago, wait {minutes:g} min")
    return None


def paced(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """CD1: entries per day and hour, new assets per hour, and the spacing between entries."""
    if proposal.side is Side.SELL:
        return None
    pacing, now = books.policy.pacing, books.now.utc
    hour, day = books.entries_since(Instant(now - HOUR)), books.entries_since(Instant(now - DAY))
    held = {position.symbol for position in books.portfolio.positions}
    last = max((at for _, at in day), default=None)
    mine = max((at for s, at in day if s == proposal.symbol), default=None)
    if last is not None and now - last < pacing.min_spacing_s * SECOND:
        return RiskReason(
            "pacing", f"the last entry was {(now - last) / SECOND:.0f} s ago, wait {pacing.min_spacing_s:g} s"
        )
    if mine is not None and now - mine < pacing.per_symbol_s * SECOND:
        return RiskReason("pacing", f"the last {proposal.symbol} entry was {(now - mine) / SECOND:.0f} s ago")
    if len(hour) >= pacing.trades_per_hour:
        return RiskReason("pacing", f"{len(hour)} entries in the last hour, at most {pacing.trades_per_hour}")
    if proposal.symbol not in held and len({s for s, _ in hour}) >= pacing.new_per_hour:
        return RiskReason("pacing", f"{pacing.new_per_hour} new assets in the last hour already")
    if len(day) >= pacing.trades_per_day:
        return RiskReason("pacing", f"{pacing.trades_per_day} entries in the last day already")
    return None
