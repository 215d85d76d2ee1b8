"""Identifiers of the exchange: seeded, so that a run repeats; unique over restarts by the number of the start."""

import random
import uuid
from typing import Final

__all__ = ["Identifiers"]

_TRADES_PER_START: Final = 1_000_000_000
"""Public trade numbers set aside for one start of the exchange: 30 years of a trade per second."""


class Identifiers:
    """UUID-shaped order and fill ids, 64-digit entry ids, growing public trade numbers."""

    def __init__(self, seed: int, start_number: int = 0) -> None:
        """``start_number``: how many starts this exchange's books have seen; a new one never repeats an id."""
        self._rng = random.Random(f"identifiers:{seed}:{start_number}")
        self._trade_number = (start_number + 1) * _TRADES_PER_START

    def unique(self) -> str:
        """A text that looks like a version 4 UUID."""
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def entry(self) -> str:
        """64 hexadecimal digits, as the ledger entry of a fill has."""
        return f"{self._rng.getrandbits(256):064x}"

    def trade_number(self) -> str:
        """The next public trade number."""
        self._trade_number += 1
        return str(self._trade_number)
