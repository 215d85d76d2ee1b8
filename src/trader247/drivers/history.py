"""What a running daemon tells of its journal's past, while the journal goes on being written."""

import trio

from trader247.core.explain import story_view
from trader247.core.explain_search import Search
from trader247.core.status_views import Plain
from trader247.ports import Offload
from trader247.store.database import Database
from trader247.store.explaining import Reading
from trader247.store.faults import StoreError

__all__ = ["History"]


class History:
    """Implements ``web.ports.HistoryPort`` on the database that the journal's actor writes.

    Both take their turns on the one thread of ``offload``, and of those who read only one at a time: a commit waits for
    one page at most.
    """

    def __init__(self, database: Database, offload: Offload) -> None:
        """``offload`` is the journal's own."""
        self._database = database
        self._offload = offload
        self._one = trio.Lock()

    async def explain(self, key: str) -> Plain:
        """The story of an id. Cancelled: after the page it is reading, nothing is left behind.

        Raises:
            UnknownId, Ambiguous: nothing, or several things, are called so.
            StoreError: the database could not be read.
        """
        reading = Reading(self._database, Search(key))
        async with self._one:
            while not await self._offload.run(reading.step):
                pass
        if reading.told is None:
            raise StoreError(f"{self._database.where}: a story was read to its end and is not there")
        return story_view(reading.told)
