"""A connection to PostgreSQL that no server can make wait for ever.

A server that is stopped (SIGSTOP, a frozen machine or container, a disk that hangs under it) still has a kernel that
acknowledges every byte: keepalives and ``tcp_user_timeout`` see a healthy peer, and ``statement_timeout`` is counted by
the very process that stands still. So the answer is waited for here, against our own clock.
"""

from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen

__all__ = ["ANSWER_S_MAX", "BoundedConnection"]

ANSWER_S_MAX: Final = 35.0
"""Five seconds more than the server's own ``statement_timeout``, which ends what is only slow, and says so better."""

T = TypeVar("T")


class BoundedConnection(psycopg.Connection[Any]):
    """Closed by itself where an answer takes longer than ``answer_s_max`` seconds."""

    answer_s_max: float = ANSWER_S_MAX

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """See psycopg.

        Raises:
            psycopg.OperationalError: no answer in time; the connection is closed.
        """
        try:
            return super().wait(gen, interval, self.answer_s_max if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001 - it has no public name
            self.pgconn.finish()
            text = f"the server did not answer within {self.answer_s_max:g} s; it hangs, or its disk does"
            raise psycopg.OperationalError(text) from error
