"""Messages about the daemon's own condition."""

from attrs import frozen

__all__ = ["HealthSeen"]


@frozen
class HealthSeen:
    """How the loop and the mailboxes do: the worst lag since the last look, and the oldest message that waits."""

    loop_lag_s: float
    mailbox_age_s: float
    mailbox: str
