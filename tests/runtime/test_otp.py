"""The table-top model says what OTP's own supervisor did, in every scenario that was recorded from it.

``otp_digests.txt`` has one digest per line that ``otp_oracle.erl`` printed on OTP 25 (2,000 scenarios: every strategy,
restart type, kind of exit and administration, failing starts, boot failures, exhaustion; one action at a time). To
record again: ``python -m tests.runtime.test_otp > s.terms``, then ``escript tests/runtime/otp_oracle.erl s.terms``.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.test_reference import Scenario, expected, scenario

RECORDED = Path(__file__).with_name("otp_digests.txt")
COUNT = 2000


def as_term(number: int, played: Scenario) -> str:
    """The scenario as an Erlang term."""
    children = ",".join(f"{{{name},{restart}}}" for name, restart in played.children)
    failing = ",".join(f"{{{name},{life}}}" for name, life in sorted(played.failing))
    actions = ",".join(f"{{{verb},{name},{how}}}" for verb, name, how in played.actions)
    return f"{{{number},{played.strategy},{played.intensity},[{children}],[{failing}],[{actions}]}}."


def as_line(number: int, seen: list[Any]) -> str:
    """What was seen, as the oracle prints it."""

    def trace(steps: tuple[tuple[str, str], ...]) -> str:
        return " ".join(f"{what}:{name}" for what, name in steps)

    def view(children: dict[str, bool] | None) -> str:
        if children is None:
            return "gone"
        return ",".join(f"{name}={'up' if up else 'down'}" for name, up in sorted(children.items()))

    steps = [f"{answer}/{view(children)}/{trace(steps)}" for answer, children, steps in seen[:-1]]
    return f"{number}|{'|'.join(steps)}|{trace(seen[-1])}"


def digest(line: str) -> str:
    return sha256(line.encode()).hexdigest()[:12]


@pytest.mark.property(25)
@pytest.mark.req("SUP2")
def test_the_model_agrees_with_otp_in_every_recorded_scenario() -> None:
    recorded = RECORDED.read_text().split()
    assert len(recorded) == COUNT
    for number in range(COUNT):
        line = as_line(number, expected(scenario(number)))
        assert digest(line) == recorded[number], f"{scenario(number)}\n{line}"


if __name__ == "__main__":
    for shown in range(COUNT):
        sys.stdout.write(as_term(shown, scenario(shown)) + "\n")
