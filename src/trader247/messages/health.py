"""Messages about the daemon's own condition."""

from attrs import frozen

__all__ = ["HealthSeen"]


@frozen
class HealthSeen:
    """How the process does: the worst lag since the last look, the oldest message that waits, and how much memory is
    resident, 0 where the system does not tell.
    """

    loop_lag_s: float
    mailbox_age_s: float
    mailbox: str
    resident_mb: int = 0
