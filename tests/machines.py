"""How long the stateful tests run: a little in every run of the suite, far longer under the profile ``soak``."""

import os
import sys

from hypothesis import HealthCheck, settings

__all__ = ["SOAKING", "bounded"]

SOAKING = os.environ.get("HYPOTHESIS_PROFILE") == "soak" or "--hypothesis-profile=soak" in sys.argv
_LONGER = 50
"""So many times the examples: half an hour instead of half a minute for all of them."""


def bounded(examples: int, steps: int = 50) -> settings:
    """The settings of a machine with so many examples in a run of the suite, of at most so many steps each."""
    return settings(
        max_examples=examples * (_LONGER if SOAKING else 1),
        stateful_step_count=steps,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
