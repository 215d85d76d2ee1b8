"""The intake of external signals: both ways in end here, and a signal goes on to the cycle once (requirement SE1).

The webhook's handler calls ``SignalDesk.take``; the file drop is looked at by the actor, which calls the same. The
order of the steps is what makes it safe: judged, claimed under the once-only guard, sent on, and only then closed. A
crash in between leaves the claim taken, so that the signal is lost rather than doubled.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from typing import Final, Protocol

import structlog
import trio
from attrs import frozen

from trader247.core.signal_intake import (
    IntakeOut,
    SignalAnswer,
    SignalIntake,
    SignalOffered,
    SignalVerdict,
)
from trader247.errors import Trader247Error
from trader247.messages.trading import SignalRefused
from trader247.model.external_signal import ExternalSignal
from trader247.model.ids import StrategyName
from trader247.model.once import Done, Fresh
from trader247.ports import Clock, Offload, OncePort
from trader247.runtime.routes import Routes

__all__ = ["LOOK_EVERY_S", "DroppedFile", "SignalDesk", "SignalFolder", "SignalIntakeActor"]

LOOK_EVERY_S: Final = 1.0
"""Seconds of the loop's clock between two looks at the folders; a cycle is a minute."""

_ASK_AGAIN: Final = frozenset({SignalVerdict.TOO_MANY, SignalVerdict.LATER})


@frozen
class DroppedFile:
    """A signal that was put into a strategy's folder. ``fault`` says why it cannot be read, where it cannot."""

    strategy: StrategyName
    name: str
    content: bytes
    fault: str = ""


class SignalFolder(Protocol):
    """The folders into which signals are dropped. Blocking; called through ``Offload``."""

    def look(self, strategies: Sequence[StrategyName]) -> tuple[DroppedFile, ...]:
        """Complete files that wait, by name, a bounded number of them. Makes the folders where they are missing.

        Raises:
            Trader247Error: a folder cannot be made or read.
        """
        ...

    def settle(self, file: DroppedFile, refusal: str) -> None:
        """Put the file among the done, or with the reason among the rejected.

        Raises:
            Trader247Error: it cannot be moved.
        """
        ...


class SignalDesk:
    """Takes a signal from a known sender, once. Outlives the incarnations of the actor."""

    def __init__(self, decider: SignalIntake, routes: Routes[IntakeOut], once: OncePort, clock: Clock) -> None:
        """``routes`` lead to the journal, the cycle and the faces."""
        self.decider = decider
        self._routes = routes
        self._once = once
        self._clock = clock

    async def take(self, strategy: StrategyName, content: bytes, source: str) -> SignalAnswer:
        """What became of it. Cancelled after the claim: it is taken, and may or may not have gone on."""
        now = self._clock.now()
        if not self.decider.admits(strategy, now):
            return SignalAnswer(SignalVerdict.TOO_MANY, "", f"too many signals for {strategy}: send it again later")
        (judged,) = self.decider.handle(SignalOffered(strategy, content, source), now)
        if isinstance(judged, SignalRefused):
            self._routes.emit([judged])
            return SignalAnswer(SignalVerdict.REFUSED, judged.signal_id, judged.reason)
        signal, digest = judged.signal, sha256(content).hexdigest()
        key = f"signal {strategy} {signal.signal_id}"
        try:
            claim = await self._once.claim(key)
        except Trader247Error as error:
            return SignalAnswer(SignalVerdict.LATER, signal.signal_id, f"its id could not be kept: {error}")
        if isinstance(claim, Fresh):
            self._routes.emit([judged])
            return await self._closed(key, digest, signal)
        if isinstance(claim, Done):
            return _again(claim, digest, signal)
        text = "a signal with this id was cut off on its way; it may or may not count. Send a new one"
        return SignalAnswer(SignalVerdict.IN_DOUBT, signal.signal_id, text)

    async def _closed(self, key: str, digest: str, signal: ExternalSignal) -> SignalAnswer:
        text = f"{signal.side.value} {signal.symbol} is before the next cycle of {signal.strategy}"
        try:
            await self._once.finish(key, json.dumps({"asked": digest, "text": text}))
        except Trader247Error as error:
            structlog.get_logger().warning("once", text=f"{key} stays taken: {error}")
        return SignalAnswer(SignalVerdict.TAKEN, signal.signal_id, text)


def _again(claim: Done, digest: str, signal: ExternalSignal) -> SignalAnswer:
    kept = json.loads(claim.result)
    if kept["asked"] != digest:
        text = "this id was used for another signal; nothing was done. Use a new id"
        return SignalAnswer(SignalVerdict.ID_REUSED, signal.signal_id, text)
    return SignalAnswer(SignalVerdict.TAKEN_BEFORE, signal.signal_id, kept["text"])


class SignalIntakeActor:
    """Looks at the folders of the file drop. A folder that cannot be read is said once, and looked at again."""

    def __init__(self, desk: SignalDesk, folder: SignalFolder, offload: Offload, every_s: float = LOOK_EVERY_S) -> None:
        """``every_s`` is in seconds of the loop's clock."""
        self._desk = desk
        self._folder = folder
        self._offload = offload
        self._every_s = every_s
        self._said = ""

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled. A file that was taken and not moved yet is found taken at the next look."""
        ready()
        while True:
            try:
                await self._look()
                self._said = ""
            except Trader247Error as error:
                if str(error) != self._said:
                    self._said = str(error)
                    structlog.get_logger().warning("signals", text=self._said)
            await trio.sleep(self._every_s)

    async def _look(self) -> None:
        waiting = await self._offload.run(partial(self._folder.look, self._desk.decider.external()))
        stuck: Trader247Error | None = None
        for file in waiting:
            refusal = file.fault or await self._refusal(file)
            if refusal is not None:
                try:
                    await self._offload.run(partial(self._folder.settle, file, refusal))
                except Trader247Error as error:  # told below: the files behind it do not wait for it
                    stuck = stuck or error
        if stuck is not None:
            raise stuck

    async def _refusal(self, file: DroppedFile) -> str | None:
        """Why the file was not taken, nothing where it was, and None where it has to wait."""
        answer = await self._desk.take(file.strategy, file.content, f"file {file.name}")
        if answer.verdict in _ASK_AGAIN:
            return None
        taken = answer.verdict in {SignalVerdict.TAKEN, SignalVerdict.TAKEN_BEFORE}
        return "" if taken else f"{answer.verdict.value}: {answer.text}"
