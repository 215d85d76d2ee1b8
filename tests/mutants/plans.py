"""What several defects need to be seen: the same trouble, the same patience."""

from tests.mutants.mutant import at, call

__all__ = ["PATIENT", "STALE"]

STALE = (  # a market without steps, and a venue that does not vouch for its book: nobody has a quote
    at(2, "market", "gap", symbol="BTC-USD", for_s=58.0),
    at(60, "market", "gap", symbol="*", for_s=60.0),
    *(call("GET /best_bid_ask", nth, "rest", "server_error", later_s=2.0) for nth in range(1, 250)),
)
PATIENT = ("policy.breakers.work.failures=100", "policy.breakers.api_errors.failures=100")
"""Errors open no breaker, which would hold back first."""
