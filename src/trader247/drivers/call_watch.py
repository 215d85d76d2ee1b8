"""Every attempt of the venue's client, told to the breakers as a message of theirs (requirement CB2)."""

from collections.abc import Callable
from typing import Final

from attrs import define

from trader247.config.schema import Configuration
from trader247.core.breakers import breaker_names
from trader247.messages.breakers import Outcome, Work, WorkEnded
from trader247.model.ids import StrategyName
from trader247.observe.meters import Vocabulary
from trader247.runtime.channels import Sender
from trader247.venues.coinbase.endpoints import Endpoints, Priority

__all__ = ["GROUPS", "CallWatch", "outcome_of", "vocabulary"]

_OF: Final = {
    Priority.PLACE: Work.ORDERS,
    Priority.CANCEL: Work.CANCELS,
    Priority.STATUS: Work.ACCOUNT,
    Priority.MARKET: Work.MARKET_DATA,
}
GROUPS: Final[dict[str, Work]] = {
    **{endpoint.name: _OF[endpoint.priority] for endpoint in Endpoints.ALL},
    Endpoints.PRODUCT.name: Work.MARKET_DATA,  # read before an order, so it goes ahead of the market's other reads
}
"""Whose breaker an endpoint's attempts count to."""

_AUTH: Final = frozenset({"401", "403", "408"})
"""Answers that say nothing of what was asked: the key, the clock, or a request that came too slowly."""


def vocabulary(config: Configuration) -> Vocabulary:
    """The labels that the metrics of this installation may carry: they are fixed when it starts."""
    names = tuple(StrategyName(name) for name in sorted(config.strategies))
    endpoints = frozenset(endpoint.name for endpoint in Endpoints.ALL)
    return Vocabulary(frozenset(names), endpoints, frozenset(breaker_names(names)))


def outcome_of(status: str) -> Outcome | None:
    """What an attempt's status means, as the client tells it; None where nothing was asked of the venue."""
    if status == "gated":
        return None
    if status == "429":
        return Outcome.RATE_LIMITED
    answered = len(status) == 3 and status.isdecimal() and status[0] != "5"
    return Outcome.OK if answered and status not in _AUTH else Outcome.FAILED


@define
class CallWatch:
    """Stands between the client, which is made first, and the breakers' mailbox.

    ``also`` hears every attempt as it is. ``timed``: whether seconds mean anything here; on a scaled clock a quick
    answer takes minutes.
    """

    also: Callable[[str, str, float], None] = lambda _endpoint, _status, _seconds: None
    timed: bool = True
    _breakers: Sender[WorkEnded] | None = None

    def report_to(self, breakers: Sender[WorkEnded]) -> None:
        """Tell these breakers from now on; what ended before them is not theirs."""
        self._breakers = breakers

    def on_call(self, endpoint: str, status: str, took_s: float) -> None:
        """An attempt ended; as ``venues/coinbase/rest.py`` tells it."""
        self.also(endpoint, status, took_s)
        outcome, group = outcome_of(status), GROUPS.get(endpoint)
        if self._breakers is not None and outcome is not None and group is not None:
            ended = WorkEnded(group.value, outcome, f"{endpoint}: {status}", took_s if self.timed else 0.0)
            self._breakers.post(ended)
