"""Asking an actor and waiting for its answer, with every way it can end spelled out.

    reply = Reply[Ack]()
    ack = await ask(orders, Place(order, reply), reply, timeout_s=2)

An ask ends exactly once: with the answer, or as ``AskTimeout``, ``ActorDown``, ``AskCycle``, ``MailboxFull`` or the
error the actor answered with. A late or second answer changes nothing.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Generic, Protocol, TypeVar

import trio
from attrs import frozen

from trader247.runtime.exits import ActorDown, ActorError

__all__ = ["AskCycle", "AskTimeout", "Askable", "Link", "Reply", "ask"]

T = TypeVar("T")
M_contra = TypeVar("M_contra", contravariant=True)


class AskTimeout(ActorError):
    """No answer in time. Whether the message takes effect is not known."""


class AskCycle(ActorError):
    """The one asked is itself waiting, directly or through others, for the one who asks."""


class Reply(Generic[T]):
    """Where one answer goes. The asker makes it, puts it into the message, and gives the same one to ``ask``."""

    def __init__(self) -> None:
        self._arrived = trio.Event()
        self._done = False
        self._value: T
        self._error: BaseException | None = None

    @property
    def done(self) -> bool:
        """Answered, failed or given up; further answers are ignored."""
        return self._done

    def answer(self, value: T) -> None:
        """Answers, unless this reply is done."""
        if not self._done:
            self._value = value
            self._close()

    def fail(self, error: Exception) -> None:
        """Raises ``error`` where the answer is waited for, unless this reply is done."""
        if not self._done:
            self._error = error
            self._close()

    def give_up(self) -> None:
        """Whatever comes now is late."""
        self._done = True

    async def wait(self) -> T:
        """The answer.

        Raises:
            Exception: what ``fail`` was given.
        """
        await self._arrived.wait()
        if self._error is not None:
            raise self._error
        return self._value

    def _close(self) -> None:
        self._done = True
        self._arrived.set()


@frozen
class Link:
    """One who waits: the mailbox of the actor that asked (empty outside an actor), and for what."""

    name: str
    reply: Reply[Any]


class Askable(Protocol[M_contra]):
    """A mailbox, in the eyes of one who asks."""

    @property
    def name(self) -> str:
        """As in the topology."""

    @property
    def attended(self) -> bool:
        """False once its actor is down for good."""

    def accept(self, message: M_contra, cause: int | None, chain: tuple[Link, ...]) -> None:
        """Takes the message in, or raises ``MailboxFull``."""


class Consuming(Protocol):
    """The mailbox the current task takes from."""

    @property
    def name(self) -> str:
        """As in the topology."""

    @property
    def consumer(self) -> trio.lowlevel.Task | None:
        """The task that took the last envelope."""

    @property
    def chain_in_hand(self) -> tuple[Link, ...]:
        """Who waits for the message in hand to be answered."""


consuming: ContextVar[Consuming | None] = ContextVar("consuming", default=None)
"""Set by a mailbox for the task that takes from it; tasks started by that task inherit it but are not its consumer."""


async def ask(
    box: Askable[M_contra], message: M_contra, reply: Reply[T], *, timeout_s: float, cause: int | None = None
) -> T:
    """Posts ``message`` and waits at most ``timeout_s`` seconds for ``reply``.

    Cancellation gives up the answer, not the message: it may still take effect.

    Raises:
        AskTimeout: no answer in time (at once, and nothing is sent, if ``timeout_s`` is not above 0).
        ActorDown: the actor ended before it answered, or is down for good.
        AskCycle: the actor waits for us; waiting for it would never end.
        MailboxFull: its mailbox is full.
    """
    await trio.lowlevel.checkpoint_if_cancelled()
    chain = _chain_for(box.name, reply)
    if timeout_s <= 0:
        raise AskTimeout(f"no time left to ask {box.name} (timeout {timeout_s:g} s); nothing was sent")
    if not box.attended:
        raise ActorDown(f"the actor behind {box.name} is down for good; nothing was sent")
    box.accept(message, cause, chain)
    try:
        with trio.move_on_after(timeout_s):
            return await reply.wait()
    finally:
        reply.give_up()
    raise AskTimeout(f"{box.name} did not answer {type(message).__name__} within {timeout_s:g} s")


def _chain_for(target: str, reply: Reply[Any]) -> tuple[Link, ...]:
    mine = consuming.get()
    if mine is None or mine.consumer is not trio.lowlevel.current_task():
        return (Link("", reply),)  # a helper task of an actor blocks nobody: its actor can still answer
    waiting = [link.name for link in mine.chain_in_hand if link.name and not link.reply.done]
    if target == mine.name or target in waiting:
        raise AskCycle(f"asking {target} would never end: {' -> '.join([*waiting, mine.name, target])}")
    return (*mine.chain_in_hand, Link(mine.name, reply))
