"""The user feed: the venue's word on our own orders, as it happens.

Reports go to the order manager as they come; they are cumulative, and what is late or told twice is absorbed there.
The stream can lose events, so every connect asks the reconciler for a full look, and while the stream is down entries
wait: the slow look alone would find a fill too late to act on it.
"""

from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, Guard, GuardVoted, Severity
from trader247.messages.market import StreamChanged
from trader247.messages.orders import OrderReported, ReconcileNow
from trader247.model.ids import AlertKey
from trader247.model.instant import Moment

__all__ = ["UserFeed", "UserFeedIn", "UserFeedOut"]

UserFeedIn = OrderReported | StreamChanged | Tick
UserFeedOut = OrderReported | ReconcileNow | GuardVoted | AlertRaised | AlertCleared

_KEY = AlertKey("user_stream_down")


class UserFeed:
    """The decider. It is ready at once: without the stream the daemon still runs, it only does not enter."""

    ready = True

    def __init__(self) -> None:
        """Not connected yet."""
        self._up = False
        self._why = "not connected yet"

    def start(self, now: Moment) -> list[UserFeedOut]:
        """Nothing to say."""
        return []

    def handle(self, message: UserFeedIn, now: Moment) -> list[UserFeedOut]:
        """What follows from one message."""
        match message:
            case OrderReported():
                return [message]
            case StreamChanged(True):
                self._up, self._why = True, ""
                return [AlertCleared(_KEY), ReconcileNow("the user stream connected"), self._vote()]
            case StreamChanged(False, why):
                self._up, self._why = False, why
                text = f"user stream is down ({why}); no entries until it is back"
                return [AlertRaised(_KEY, Severity.WARNING, text), self._vote()]
            case StreamChanged() | Tick():
                return [self._vote()]

    def _vote(self) -> GuardVoted:
        return GuardVoted(Guard.USER_FEED, yes=self._up, reason=self._why or "connected")
