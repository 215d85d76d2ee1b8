"""Whether a request has left, and the gate it passes on the way out. Knows the HTTP library's names of steps, only."""

from typing import Final

from trader247.errors import GateClosed
from trader247.ports import Gate

__all__ = ["Departure"]

_LAST_STEP: Final = "http11.send_request_headers.started"
"""What httpcore calls the moment before the first byte of a request goes to its connection."""


class Departure:
    """Whether a request may have reached the venue, in this attempt and in any, and the gate it had to pass."""

    __slots__ = ("_gate", "ever", "now")

    def __init__(self, gate: Gate | None) -> None:
        self._gate = gate
        self.now = False
        self.ever = False

    @property
    def gated(self) -> bool:
        """Whether there is a gate to ask on the way out."""
        return self._gate is not None

    def ask_gate(self) -> None:
        """Raise ``GateClosed`` with the gate's reason, where there is a gate and it gives one."""
        reason = self._gate() if self._gate is not None else None
        if reason is not None:
            raise GateClosed(f"not sent: {reason}")

    async def step(self, name: str, _facts: object) -> None:
        """Told by httpcore before each step of a request. No await here: from the gate's word to the write to the
        socket nothing else runs (through TLS, Trio's own lock is passed once in between).
        """
        if name == _LAST_STEP:
            self.ask_gate()
