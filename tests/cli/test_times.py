"""Times and lengths of time, as people write them."""

import click
import pytest

from trader247.cli.times import instant_of, span_of
from trader247.model.instant import MINUTE, instant

CONTEXT, OPTION = click.Context(click.Command("x")), click.Option(["--x"])


def test_a_day_begins_at_midnight_and_a_time_has_its_zone() -> None:
    assert instant_of(CONTEXT, OPTION, "2024-05-01") == instant("2024-05-01T00:00:00Z")
    assert instant_of(CONTEXT, OPTION, "2024-05-01T12:00:00+02:00") == instant("2024-05-01T10:00:00Z")
    assert instant_of(CONTEXT, OPTION, None) is None
    with pytest.raises(click.BadParameter, match="write a day like 2024-05-01"):
        instant_of(CONTEXT, OPTION, "yesterday")


def test_a_length_of_time_is_a_number_and_its_unit() -> None:
    assert span_of(CONTEXT, OPTION, "90m") == 90 * MINUTE
    assert span_of(CONTEXT, OPTION, None) is None
    for text in ("", "5", "0d", "-1d", "1.5d", "99999d", "1" * 5_000 + "d"):
        with pytest.raises(click.BadParameter, match="no length of time"):
            span_of(CONTEXT, OPTION, text)


@pytest.mark.parametrize("text", ["000000000001999999999999d", "0" * 12 + "9" * 5_000 + "d", "0d", "000d"], ids=len)
def test_zeros_in_front_carry_nothing_past_the_bound(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no length of time"):
        span_of(None, None, text)  # type: ignore[arg-type]
