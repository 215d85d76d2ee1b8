"""The bans in force: one per instrument, each until its time is over or a person lifts it (requirement U4)."""

from collections.abc import Mapping

from trader247.messages.bans import Ban, BanLifted, InstrumentBanned
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol

__all__ = ["BanList"]


class BanList:
    """Keeps them; a ban is over at its ``until``, to the nanosecond."""

    def __init__(self, bans: tuple[Ban, ...] = ()) -> None:
        """Those of an earlier run; what lapsed meanwhile is told by the first ``lapse``."""
        self._bans: dict[Symbol, Ban] = {ban.symbol: ban for ban in bans}

    @property
    def all(self) -> tuple[Ban, ...]:
        """Every ban that has not been seen to lapse, by symbol."""
        return tuple(self._bans[symbol] for symbol in sorted(self._bans))

    def __contains__(self, symbol: Symbol) -> bool:
        """Whether there is a ban that has not been seen to lapse."""
        return symbol in self._bans

    def in_force(self, now: Instant) -> Mapping[Symbol, Ban]:
        """The bans that hold now, by symbol."""
        return {symbol: ban for symbol, ban in self._bans.items() if now < ban.until}

    def take(self, word: InstrumentBanned | BanLifted) -> None:
        """An operator's word."""
        match word:
            case InstrumentBanned(ban):
                self._bans[ban.symbol] = ban
            case BanLifted(symbol=symbol):
                self._bans.pop(symbol, None)

    def lapse(self, now: Instant) -> tuple[Ban, ...]:
        """The bans whose time is over, each told once."""
        over = tuple(ban for ban in self.all if now >= ban.until)
        for ban in over:
            del self._bans[ban.symbol]
        return over
