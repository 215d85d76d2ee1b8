"""What a person reads."""

import pytest
from attrs import evolve
from tests.story_samples import AGAIN, CONFIG, REFUSED, RUN, WISH, searched

from trader247.core.explain import story, story_view
from trader247.core.explain_lines import lines_of


def lines(key: str, left_out: int = 0) -> list[str]:
    return list(lines_of(story_view(story(evolve(searched(key), left_out=left_out), {RUN: "0.1.0"}))))


@pytest.mark.req("X2")
def test_a_story_has_a_heading_a_line_per_step_and_its_result_at_the_end() -> None:
    told = lines(WISH)
    assert told[:3] == [f"proposal {WISH}", f"run {RUN}, trader247 0.1.0, configuration {CONFIG}, from row 1", ""]
    assert told[3].startswith("2026-03-02T12:00:00.000Z  #1       cycle     ")
    assert told[-2:] == [
        f"position of BTC-USD opened 2026-03-02T12:00:03Z: entered by {RUN}-i1, left by {RUN}-i3",
        "PnL of BTC-USD: realised 17.9 USD after fees, fees paid 2.1 USD; closed",
    ]
    words = [line.split()[2] for line in told[3:-3]]
    assert words == [
        *("cycle", "proposal", "verdict", "intent", "order", "order", "fill", "order", "fill"),
        *("intent", "order", "intent", "fill", "order"),
    ]


def test_what_is_still_held_stands_in_the_result() -> None:
    assert lines(AGAIN)[-1] == (
        "PnL of BTC-USD: realised 0 USD after fees, fees paid 0.5 USD, 0.5 USD of them for what is held; open: 1 BTC"
        " held from 100 USD"
    )


def test_what_never_filled_cost_nothing() -> None:
    assert lines(REFUSED)[-1] == "PnL: nothing was filled, so nothing was gained, lost or paid"


def test_a_row_of_no_order_has_no_result_and_what_is_left_out_is_counted() -> None:
    assert not any("PnL" in line for line in lines("11"))
    assert "... and 7 rows more" in lines(WISH, left_out=7)
