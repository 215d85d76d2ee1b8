"""A ban in the story of ``tests/builders.py``."""

from tests.builders import BTC, at

from trader247.messages.bans import Ban, BanKind
from trader247.model.instrument import Symbol


def ban(symbol: Symbol = BTC, until: float = 3_600) -> Ban:
    """Given by anna a minute before noon; ``until`` is a second of the story."""
    return Ban(symbol, BanKind.EXPLOIT, "bridge drained", "anna", at(-60), at(until))
