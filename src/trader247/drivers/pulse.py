"""How the process does: the loop, the mailboxes that trading waits for, and its memory."""

from collections.abc import Callable

from trader247.drivers.mailboxes import Mailboxes
from trader247.messages.health import HealthSeen
from trader247.runtime.memory import resident_mb
from trader247.runtime.watchdog import LoopWatch

__all__ = ["Pulse"]


class Pulse:
    """Implements ``actors.clock_guard.Pulse``."""

    def __init__(self, watch: LoopWatch, box: Callable[[], Mailboxes]) -> None:
        """``box`` gives the mailboxes, which are made after this."""
        self._watch = watch
        self._box = box

    def health(self) -> HealthSeen:
        """The worst of the loop and of the mailboxes that trading waits for; a slow face holds up nobody."""
        box = self._box()
        looked_at = {box.board.name, box.alerter.name, box.alerts_due.name}
        oldest = max((b for b in box.all() if b.name not in looked_at), key=lambda b: b.oldest_age_s())
        return HealthSeen(self._watch.lag_s(), oldest.oldest_age_s(), oldest.name, resident_mb())
