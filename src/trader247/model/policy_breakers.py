"""What policy.yaml says of the breakers (requirement CB2): how much failing is too much, and for how long."""

from typing import Annotated

from attrs import frozen

from trader247.model.policy_terms import Term, bounded

__all__ = ["BreakerTerms", "Tripping"]


@frozen(field_transformer=bounded)
class Tripping:
    """``failures`` inside ``window_s`` open a breaker for ``open_s``; the last failure of the window counts."""

    failures: Annotated[int, Term("Failures inside the window that open it.", "failures", least=1, most=1000)]
    window_s: Annotated[float, Term("Length of the window.", "s", least=1, most=86_400)]
    open_s: Annotated[float, Term("It stays open so long before it is probed.", "s", least=1, most=86_400)]


@frozen(field_transformer=bounded)
class BreakerTerms:
    """One breaker per kind of work, and three that watch all requests together."""

    work: Tripping = Tripping(failures=3, window_s=60.0, open_s=30.0)
    """One group of endpoints: an outage shows within a minute, and half a minute later it is worth another look."""
    stream: Tripping = Tripping(failures=3, window_s=300.0, open_s=60.0)
    """The market stream, whose reconnects take tens of seconds each."""
    strategy: Tripping = Tripping(failures=3, window_s=600.0, open_s=600.0)
    """A strategy's crashes and missed deadlines: ten cycles of a minute."""
    api_errors: Tripping = Tripping(failures=5, window_s=300.0, open_s=300.0)
    rate_limits: Tripping = Tripping(failures=3, window_s=600.0, open_s=600.0)
    latency: Tripping = Tripping(failures=5, window_s=300.0, open_s=300.0)
    slow_s: Annotated[float, Term("A request that takes longer counts as slow.", "s", above=0, most=60)] = 2.0
    probes: Annotated[
        int, Term("Good ends in a row that close a breaker which is probed.", "times", least=1, most=100)
    ] = 2
