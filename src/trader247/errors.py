"""The errors that cross a boundary, named by whose fault they are and what may be done next.

Three of them are the whole truth about a request to a venue. A caller that knows which one it holds knows what to do:

====================  =========================================  ==============================================
error                 what happened at the venue                 next move
====================  =========================================  ==============================================
``VenueRejected``     it answered no; nothing happened           do not resend; read ``failure``
``VenueUnavailable``  the request did not take effect            retry by policy, under the same identifier
``OutcomeUnknown``    nobody knows                               count it at worst case, look it up, never resend
                                                                 under a new identifier
====================  =========================================  ==============================================
"""

from enum import StrEnum

__all__ = [
    "AnotherInstanceRuns",
    "ConfigurationInvalid",
    "FactRefused",
    "Failure",
    "GateClosed",
    "OutcomeUnknown",
    "RefusedByGate",
    "Trader247Error",
    "UnrecoverableFault",
    "VenueError",
    "VenueRejected",
    "VenueUnavailable",
]


class Trader247Error(Exception):
    """Something this program can explain: the text names the thing, the value and the way out."""

    exit_code = 1


class ConfigurationInvalid(Trader247Error):
    """The configuration or the command line is wrong; nothing was started."""

    exit_code = 2


class RefusedByGate(Trader247Error):
    """A precondition that a person set is not met; the text lists what is missing."""

    exit_code = 3


class AnotherInstanceRuns(Trader247Error):
    """The single-instance lock is held; the text names the holder."""

    exit_code = 4


class UnrecoverableFault(Trader247Error):
    """The daemon cannot go on and has done what it could to leave no working order behind."""

    exit_code = 5


class FactRefused(Trader247Error):
    """One fact cannot be written to the journal as it is; the journal itself is sound."""


class Failure(StrEnum):
    """What kind of no a venue said (requirement FC1). ``UNKNOWN`` is never retried for writes."""

    RETRYABLE = "retryable"
    RATE_LIMIT = "rate_limit"
    AMBIGUOUS = "ambiguous"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    INVALID_ORDER = "invalid_order"
    AUTH = "auth"
    FORBIDDEN = "forbidden"
    MAINTENANCE = "maintenance"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


class VenueError(Trader247Error):
    """A request to a venue did not give what was asked; ``failure`` says of what kind."""

    def __init__(self, message: str, *, failure: Failure, retry_after_s: float | None = None) -> None:
        """``retry_after_s``: seconds the venue asked us to wait, or None where it did not say."""
        super().__init__(message)
        self.failure = failure
        self.retry_after_s = retry_after_s


class VenueRejected(VenueError):
    """Definite: the venue refused and nothing happened."""


class VenueUnavailable(VenueError):
    """Definite: the request had no effect (it was not sent, or is a read)."""


class GateClosed(VenueUnavailable):
    """Definite: our own gate was closed at the last moment, so no byte left."""

    def __init__(self, message: str) -> None:
        """``message`` is the gate's reason."""
        super().__init__(message, failure=Failure.UNKNOWN)


class OutcomeUnknown(VenueError):
    """Sent, and nobody knows whether it took effect. An error is never evidence of absence."""

    def __init__(self, message: str) -> None:
        """Always of the ambiguous kind."""
        super().__init__(message, failure=Failure.AMBIGUOUS)
