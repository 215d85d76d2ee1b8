"""Dead letters: bounded, with totals that are not."""

from __future__ import annotations

import pytest

from trader247.model.instant import Instant, Moment, Mono
from trader247.runtime.channels import Envelope
from trader247.runtime.dead_letters import DeadLetters

pytestmark = pytest.mark.req("SUP4")

NOW = Moment(Instant(5), Mono(5))


def add(letters: DeadLetters, number: int, error: BaseException | None = None) -> None:
    letters.add(
        actor="a", mailbox="box", envelope=Envelope(number, NOW, None, number), reason="crash", error=error, at=NOW
    )


def test_the_newest_are_kept_and_all_are_counted() -> None:
    letters = DeadLetters(capacity=3)
    for number in range(10):
        add(letters, number)
    assert [letter.envelope.body for letter in letters.letters()] == [7, 8, 9]
    assert letters.totals == {"a": 10}


def test_a_letter_carries_the_traceback_cut_to_its_end() -> None:
    def deep(depth: int) -> None:
        if depth == 0:
            raise ValueError("at the bottom " + "x" * 9000 + " end")
        deep(depth - 1)

    letters = DeadLetters()
    try:
        deep(3)
    except ValueError as error:
        add(letters, 1, error)
    [letter] = letters.letters()
    assert len(letter.trace) == 8_000
    assert letter.trace.endswith(" end\n")
