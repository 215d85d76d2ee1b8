"""Rules about time: how soon after a fill, a loss or another entry the next one may come (requirement CD1).

All of them are about entries; an exit is never paced. What they compare with is in the portfolio, which is made from
fills, so it is the same after a restart. A time that is exactly over is over.
"""

from collections.abc import Iterator

from attrs import frozen

from trader247.core.risk_books import Books
from trader247.messages.trading import RiskReason, TradeProposal
from trader247.model.instant import DAY, HOUR, MINUTE, SECOND, Instant, rfc3339
from trader247.model.instrument import Symbol
from trader247.model.money import Notional
from trader247.model.order import Side

__all__ = ["adds_are_few", "no_loss_streak", "not_cooling_down", "paced"]


@frozen
class _Cooldown:
    rule: str
    what: str
    at: Instant
    minutes: float

    @property
    def until(self) -> Instant:
        return Instant(self.at + round(self.minutes * MINUTE))


def not_cooling_down(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """No entry soon after a fill of the same instrument; the time depends on what came of it.

    An exit ends the cooldown of its own entry and begins its own. Of several the one that lasts longest is named.
    """
    if proposal.side is Side.SELL:
        return None
    waiting = [each for each in _cooldowns(books, proposal.symbol) if books.now.utc < each.until]
    if not waiting:
        return None
    last = max(waiting, key=lambda each: each.until)
    text = f"{last.what} at {rfc3339(last.at, 0)}; wait {last.minutes:g} min, until {rfc3339(last.until, 0)}"
    return RiskReason(last.rule, text, until=last.until)


def _cooldowns(books: Books, symbol: Symbol) -> Iterator[_Cooldown]:
    policy, portfolio = books.policy, books.portfolio
    trades = [trade for trade in portfolio.trades if trade.symbol == symbol]
    left = max((trade.at for trade in trades), default=None)
    for of, at in portfolio.entries_24h:
        if of == symbol and (left is None or at >= left):
            yield _Cooldown("cooldown", f"an entry into {symbol} filled", at, policy.cooldown_minutes)
    for trade in trades:
        if trade.realised == 0:
            yield _Cooldown("cooldown", f"an exit of {symbol} filled", trade.at, policy.cooldown_minutes)
        else:
            won = trade.realised > 0
            rule = "cooldown_after_win" if won else "cooldown_after_loss"
            minutes = policy.cooldown_after_win_minutes if won else policy.cooldown_after_loss_minutes
            yield _Cooldown(rule, f"{symbol} {_result(trade.realised)}", trade.at, minutes)
    for of, at in portfolio.stop_outs_24h:
        if of == symbol:
            yield _Cooldown(
                "cooldown_after_stop", f"the stop of {symbol} was hit", at, policy.cooldown_after_stop_minutes
            )


def _result(realised: Notional) -> str:
    return f"{'won' if realised > 0 else 'lost'} {abs(realised):.2f} USD"


def no_loss_streak(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """After so many trades in a row that lost, whatever their instruments, nothing is entered for a while."""
    if proposal.side is Side.SELL:
        return None
    policy, losses = books.policy, []
    for trade in sorted((t for t in books.portfolio.trades if t.closed), key=lambda t: t.at, reverse=True):
        if trade.realised >= 0:
            break
        losses.append(trade)
    if len(losses) < policy.loss_streak:
        return None
    until = Instant(losses[0].at + round(policy.loss_streak_pause_minutes * MINUTE))
    if books.now.utc >= until:
        return None
    text = (
        f"{len(losses)} trades in a row lost (at most {policy.loss_streak - 1}), the last {losses[0].symbol} at"
        f" {rfc3339(losses[0].at, 0)}; wait {policy.loss_streak_pause_minutes:g} min, until {rfc3339(until, 0)}"
    )
    return RiskReason("loss_streak", text, until=until)


def adds_are_few(books: Books, proposal: TradeProposal) -> RiskReason | None:
    """How often a position may be added to in 24 hours; what is on its way counts."""
    symbol, most = proposal.symbol, books.policy.pacing.adds_per_day
    mine = next((e for e in books.portfolio.exposures if e.symbol == symbol), None)
    if proposal.side is Side.SELL or mine is None or mine.position <= 0 or mine.position < books.policy.dust_usd:
        return None
    made = [at for of, at in books.portfolio.adds_24h if of == symbol and books.now.utc - at < DAY]
    under_way = mine.working > 0 or books.pending.get(symbol, 0) > 0
    if len(made) + under_way < most:
        return None
    text = f"{len(made)} adds to {symbol} in 24 h{' and one under way' if under_way else ''}, at most {most}"
    if under_way or len(made) < most or not most:
        return RiskReason("adds", text)
    until = Instant(made[-most] + DAY)
    return RiskReason("adds", f"{text}; the next from {rfc3339(until, 0)}", until=until)


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
