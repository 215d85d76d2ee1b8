"""Messages about bans: instruments that a person does not want entered, and for how long (requirement U4)."""

from enum import StrEnum

from attrs import frozen

from trader247.model.instant import Instant
from trader247.model.instrument import Symbol

__all__ = ["Ban", "BanKind", "BanLapsed", "BanLifted", "BansListed", "InstrumentBanned"]


class BanKind(StrEnum):
    """Which red flag it is."""

    EXPLOIT = "exploit"
    REGULATORY = "regulatory"
    DELISTING = "delisting"
    TEAM_RUG = "team_rug"


@frozen
class Ban:
    """No entry into the instrument before ``until``; its exits are not touched."""

    symbol: Symbol
    kind: BanKind
    reason: str
    by: str
    at: Instant
    until: Instant


@frozen
class InstrumentBanned:
    """An operator banned an instrument; a ban of before is replaced."""

    ban: Ban


@frozen
class BanLifted:
    """An operator ended a ban before its time."""

    symbol: Symbol
    by: str
    reason: str
    at: Instant


@frozen
class BanLapsed:
    """A ban's time is over."""

    ban: Ban


@frozen
class BansListed:
    """The bans that an arbiter begins with."""

    bans: tuple[Ban, ...]
