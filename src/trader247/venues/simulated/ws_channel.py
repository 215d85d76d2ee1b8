"""What a channel is: it turns what happens on the exchange into entries of ``events``, once for all its listeners.

A channel makes nothing for a key nobody listens to. A ``Notice`` is made in the same breath as the event it tells of,
since events refer to live records, and holds text only; a session decides whether it is meant and puts its own
envelope around it.
"""

from collections.abc import Collection, Sequence
from typing import ClassVar

from attrs import frozen

from trader247.model.instant import Instant
from trader247.venues.simulated.exchange import Event, SimulatedExchange

__all__ = ["Channel", "Notice"]


@frozen
class Notice:
    """One entry of ``events``, for every session that listens to ``key`` on the channel.

    ``owner`` is the portfolio it belongs to, empty for what everybody may see.
    """

    channel: str
    key: str
    payload: str
    owner: str = ""


class Channel:
    """One channel for all connections. Its keys are product ids unless it says otherwise."""

    name: ClassVar[str] = ""
    """What a client subscribes to."""

    pushed_as: ClassVar[str] = ""
    """What its frames say, where that is not the name."""

    listens_to_all: ClassVar[bool] = False
    """Whether a subscription without products means all of them, rather than none."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Reads the exchange, changes nothing."""
        self._exchange = exchange
        self._listeners: dict[str, int] = {}

    @property
    def frame_name(self) -> str:
        """The ``channel`` of its frames."""
        return self.pushed_as or self.name

    def join(self, key: str) -> None:
        """One more session listens to a key."""
        self._listeners[key] = self._listeners.get(key, 0) + 1

    def part(self, key: str) -> None:
        """One session fewer."""
        left = self._listeners.pop(key) - 1
        if left:
            self._listeners[key] = left

    def snapshot(self, keys: Sequence[str], now: Instant) -> list[str]:
        """What a session gets upon subscribing to ``keys``: entries of ``events``, one frame each."""
        del keys, now
        return []

    def on_event(self, event: Event, now: Instant) -> list[Notice]:
        """What an event of the exchange makes the channel say."""
        del event, now
        return []

    def on_tick(self, now: Instant) -> list[Notice]:
        """What the channel says by the clock, asked once a second."""
        del now
        return []

    def payload(self, notice: Notice, keys: Collection[str]) -> str | None:
        """What of a notice a session with these keys gets, or None."""
        return notice.payload if notice.key in keys else None
