"""The once-only guard as the event loop asks it: the store's, on the journal's thread, in the name of this run."""

from functools import partial

from trader247.model.ids import RunEpoch
from trader247.model.once import Claim
from trader247.ports import Clock, Offload, OnceGuard

__all__ = ["OnceDesk"]


class OnceDesk:
    """Implements ``ports.OncePort``. Cancelled: what has begun is finished, and only nobody is told."""

    def __init__(self, guard: OnceGuard, epoch: RunEpoch, clock: Clock, offload: Offload) -> None:
        """``offload`` is the journal's own where they share a database: one thread, one transaction at a time."""
        self._guard = guard
        self._epoch = epoch
        self._clock = clock
        self._offload = offload

    @property
    def epoch(self) -> RunEpoch:
        """This run."""
        return self._epoch

    async def claim(self, key: str) -> Claim:
        """Take the key, or learn what became of it. Raises ``Trader247Error``: nothing was taken."""
        return await self._offload.run(partial(self._guard.claim, key, self._epoch, self._clock.now().utc))

    async def take_over(self, key: str, of: RunEpoch) -> bool:
        """Make the open claim of another run this one's. Raises ``Trader247Error``: it stays as it is."""
        return await self._offload.run(partial(self._guard.take_over, key, self._epoch, of))

    async def finish(self, key: str, result: str) -> None:
        """Keep the result. Raises ``Trader247Error``: it is not kept, and the key stays taken."""
        await self._offload.run(partial(self._guard.finish, key, self._epoch, result))

    async def release(self, key: str) -> None:
        """It did not happen. Raises ``Trader247Error``: the key stays taken."""
        await self._offload.run(partial(self._guard.release, key, self._epoch))
