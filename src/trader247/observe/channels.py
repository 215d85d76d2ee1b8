"""Ways to a person: a log channel that always exists, and any others behind one small protocol.

Delivery happens off the trading path, in the alerter's shell. A channel that fails is tried again a bounded number of
times; then the failure itself is logged and counted, and the caller goes on. No channel can hold up another for longer
than its own tries take.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final, Protocol

import structlog
import trio
from attrs import frozen

from trader247.errors import Trader247Error
from trader247.messages.control import AlertChanged, Severity
from trader247.observe.narrate import narrate

__all__ = ["AlertChannel", "Delivery", "DeliveryFailed", "DeliveryTerms", "LogChannel", "deliver"]


class DeliveryFailed(Trader247Error):
    """A channel could not deliver; the text says why, without any secret of the channel."""


@frozen
class DeliveryTerms:
    """A try may take ``try_s_max`` seconds; between two tries a drawn wait of up to ``pause_s * 2**try`` seconds.

    Together at most about 3 x 5 + 1 + 2 = 18 s for one channel, after which the alerter's escalation is due anyway.
    """

    tries: int = 3
    try_s_max: float = 5.0
    pause_s: float = 1.0


@frozen
class Delivery:
    """What became of one alert on one channel. ``fault`` is empty where it arrived."""

    channel: str
    tries: int
    fault: str = ""


class AlertChannel(Protocol):
    """A way to a person. ``severity_min`` is the least that is worth sending there."""

    @property
    def name(self) -> str:
        """As in the configuration; never an address or a token."""
        ...

    @property
    def severity_min(self) -> Severity:
        """Quieter alerts are not sent."""
        ...

    async def send(self, alert: AlertChanged) -> None:
        """Deliver it once. Cancelled: may or may not have arrived.

        Raises:
            DeliveryFailed: it did not arrive, as far as the channel knows.
        """
        ...


class LogChannel:
    """The channel that always exists: the alert as a log line. It has nothing that can fail."""

    name = "log"
    severity_min = Severity.INFO

    def __init__(self, log: Any = None) -> None:
        """``log`` is a structlog logger; the process's own where none is given."""
        self._log = log or structlog.get_logger()

    async def send(self, alert: AlertChanged) -> None:
        """Write the line."""
        await trio.lowlevel.checkpoint()
        line = narrate(alert)
        if line is not None:
            write = {"info": self._log.info, "warning": self._log.warning, "critical": self._log.critical}[line.level]
            write(line.word, text=line.text)


_LOUDNESS: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


async def deliver(
    alert: AlertChanged,
    channels: Sequence[AlertChannel],
    *,
    terms: DeliveryTerms,
    rng: Random,
    on_delivery: Callable[[Delivery], None],
) -> None:
    """Send the alert through every channel that wants it, all at once, and tell ``on_delivery`` how each went.

    Never raises but when cancelled; then some channels may have got it and others not.
    """
    async with trio.open_nursery() as nursery:
        for channel in channels:
            if _LOUDNESS[alert.severity] >= _LOUDNESS[channel.severity_min]:
                nursery.start_soon(_through, channel, alert, terms, rng, on_delivery)


async def _through(
    channel: AlertChannel,
    alert: AlertChanged,
    terms: DeliveryTerms,
    rng: Random,
    on_delivery: Callable[[Delivery], None],
) -> None:
    fault = ""
    for attempt in range(terms.tries):
        if attempt:
            await trio.sleep(rng.uniform(0, terms.pause_s * 2**attempt))
        fault = await _once(channel, alert, terms)
        if not fault:
            on_delivery(Delivery(channel.name, attempt + 1))
            return
    structlog.get_logger().error(
        "undelivered", text=f"alert {alert.key} did not reach channel {channel.name} in {terms.tries} tries: {fault}"
    )
    on_delivery(Delivery(channel.name, terms.tries, fault))


async def _once(channel: AlertChannel, alert: AlertChanged, terms: DeliveryTerms) -> str:
    try:
        with trio.fail_after(terms.try_s_max):
            await channel.send(alert)
    except trio.TooSlowError:
        return f"no answer within {terms.try_s_max:g} s"
    except (DeliveryFailed, OSError) as error:
        return str(error) or type(error).__name__
    return ""
