"""Short plans for tests."""

import json
from typing import Any

from tests.venues.simulated.rig import START

from trader247.venues.simulated.faults.desk import FaultDesk
from trader247.venues.simulated.faults.plan import FaultPlan
from trader247.venues.simulated.faults.plan_file import read_plan


def plan(*faults: dict[str, Any], seed: int | None = None) -> FaultPlan:
    """The plan with these entries, read as a file would be."""
    return read_plan(json.dumps({"version": 1, "seed": seed, "faults": list(faults)}))


def desk(*faults: dict[str, Any], seed: int = 7) -> FaultDesk:
    """A desk over these entries."""
    return FaultDesk(plan(*faults), seed, START)


def on_request(kind: str, match: str = "*", nth: int = 1, **more: Any) -> dict[str, Any]:
    """An entry at the n-th request."""
    return {"on": "request", "match": match, "nth": nth, "kind": kind, **more}


def on_frame(kind: str, match: str = "*", nth: int = 1, **more: Any) -> dict[str, Any]:
    """An entry at the n-th frame."""
    return {"on": "frame", "match": match, "nth": nth, "kind": kind, **more}
