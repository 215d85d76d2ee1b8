"""What the seal around a strategy costs: per call, and per audited event of the whole process while it is open.

The raw loop is an empty function; ``id`` is the cheapest thing that tells an audit hook of itself.
Run from the top of the repository: ``python benchmarks/strategy_seal.py [--json]``.
"""

import argparse
import json
from collections.abc import Callable
from timeit import repeat

from trader247.runtime.sealing import Sealed

_ROUNDS, _CALLS = 7, 200_000


def nanoseconds(work: Callable[[], object]) -> float:
    """The best round, per call."""
    return min(repeat(work, number=_CALLS, repeat=_ROUNDS)) / _CALLS * 1e9


def sealed() -> None:
    """A strategy that does nothing."""
    with Sealed():
        pass


def measured() -> dict[str, float]:
    """The hook is made by the first seal and cannot be taken away, so the order matters."""
    subject = object()
    empty, bare = nanoseconds(lambda: None), nanoseconds(lambda: id(subject))
    sealed()
    return {
        "empty_call_ns": empty,
        "sealed_call_ns": nanoseconds(sealed),
        "event_before_ns": bare,
        "event_after_ns": nanoseconds(lambda: id(subject)),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    found = measured()
    if parser.parse_args().json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:<18} {value:8.0f}")


if __name__ == "__main__":
    main()
