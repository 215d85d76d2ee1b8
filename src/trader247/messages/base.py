"""What every message promises, and the timer message every decider knows.

Messages are frozen and slotted. Facts are in the past tense (``OrderChanged``), requests in the imperative
(``PlaceOrder``); a timer is a message like any other. The envelope that carries sequence, moment and cause belongs to
the channel (``runtime/channels.py``), so that what decides never sees it.
"""

from attrs import frozen

__all__ = ["Tick"]


@frozen
class Tick:
    """Some time has passed; look at your timers."""
