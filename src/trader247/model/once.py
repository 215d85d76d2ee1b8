"""What a once-only guard answers to somebody who is about to do something that must not be done twice.

========================  ======================================================================
answer                    what the asker does
========================  ======================================================================
``Fresh``                 does it, then says what came of it (``finish``), or that it did not happen
``Done``                  gives the first result, and does nothing
``InProgress``            nothing: it is being done, or nobody will ever know; a person looks
========================  ======================================================================
"""

from attrs import frozen

from trader247.model.ids import RunEpoch

__all__ = ["Claim", "Done", "Fresh", "InProgress"]


@frozen
class Fresh:
    """Nobody took this key before; it is taken now."""


@frozen
class Done:
    """It was done before, with this result."""

    result: str


@frozen
class InProgress:
    """Taken by the run ``epoch``, which has not said what came of it; where that run is over, it never will."""

    epoch: RunEpoch


Claim = Fresh | Done | InProgress
