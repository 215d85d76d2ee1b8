"""Ways to a person: a log channel that always exists, and any others behind one small protocol.

Delivery happens off the trading path, in the alerter's shell, through ``ports.AlertChannel``: its ``deliver`` never
raises. A transport that fails is tried again a bounded number of times; then the failure itself is logged and counted.
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
from trader247.ports import AlertChannel

__all__ = ["Delivery", "DeliveryFailed", "DeliveryTerms", "LogChannel", "RetryingChannel", "Together", "Transport"]


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


class Transport(Protocol):
    """One try over one wire: a webhook, a chat, a pager."""

    async def send(self, alert: AlertChanged) -> None:
        """Deliver it once. Cancelled: may or may not have arrived.

        Raises:
            DeliveryFailed: it did not arrive, as far as the transport knows.
        """
        ...


class LogChannel:
    """The channel that always exists: the alert as a log line. It has nothing that can fail."""

    name = "log"

    def __init__(self, log: Any = None) -> None:
        """``log`` is a structlog logger; the process's own where none is given."""
        self._log = log or structlog.get_logger()

    async def deliver(self, alert: AlertChanged) -> None:
        """Write the line."""
        line = narrate(alert)
        if line is not None:
            write = {"info": self._log.info, "warning": self._log.warning, "critical": self._log.critical}[line.level]
            write(line.word, text=line.text)
        await trio.lowlevel.checkpoint()


_LOUDNESS: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class RetryingChannel:
    """A transport with bounded tries, whose final failure is logged and told to ``on_delivery``."""

    def __init__(
        self,
        name: str,
        transport: Transport,
        *,
        rng: Random,
        on_delivery: Callable[[Delivery], None],
        severity_min: Severity = Severity.INFO,
        terms: DeliveryTerms | None = None,
    ) -> None:
        """``name`` is shown in logs and kept with deliveries. Alerts under ``severity_min`` are not sent."""
        self.name = name
        self._transport = transport
        self._rng = rng
        self._on_delivery = on_delivery
        self._severity_min = severity_min
        self._terms = terms or DeliveryTerms()

    async def deliver(self, alert: AlertChanged) -> None:
        """Send until it arrives or the tries are used up. Cancelled: may or may not have arrived."""
        await trio.lowlevel.checkpoint()
        if _LOUDNESS[alert.severity] < _LOUDNESS[self._severity_min]:
            return
        fault = ""
        for attempt in range(self._terms.tries):
            if attempt:
                await trio.sleep(self._rng.uniform(0, self._terms.pause_s * 2**attempt))
            fault = await self._once(alert)
            if not fault:
                self._on_delivery(Delivery(self.name, attempt + 1))
                return
        text = f"alert {alert.key} did not reach channel {self.name} in {self._terms.tries} tries: {fault}"
        structlog.get_logger().error("undelivered", text=text)
        self._on_delivery(Delivery(self.name, self._terms.tries, fault))

    async def _once(self, alert: AlertChanged) -> str:
        try:
            with trio.fail_after(self._terms.try_s_max):
                await self._transport.send(alert)
        except trio.TooSlowError:
            return f"no answer within {self._terms.try_s_max:g} s"
        except (DeliveryFailed, OSError) as error:
            return str(error) or type(error).__name__
        return ""


class Together:
    """Several channels as one: all at once, so that one that hangs holds up no other."""

    name = "together"

    def __init__(self, channels: Sequence[AlertChannel]) -> None:
        """The log channel belongs among them."""
        self._channels = tuple(channels)

    async def deliver(self, alert: AlertChanged) -> None:
        """Through every channel; returns when the slowest has finished its tries."""
        async with trio.open_nursery() as nursery:
            for channel in self._channels:
                nursery.start_soon(channel.deliver, alert)
