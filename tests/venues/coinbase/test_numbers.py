"""The venue's text becomes exactly the number, time or symbol it spells, or a fault."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader247.model.instant import Instant, instant
from trader247.model.order import Side
from trader247.venues.coinbase.numbers import (
    Timestamps,
    WireFault,
    count_of,
    decoded,
    epoch_second,
    next_cursor,
    number,
    optional_number,
    optional_time,
    plain_number,
    product_id_of,
    quoted,
    symbol_from,
    time_of,
    word,
)


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-1", "1_000", " 1", "1e999", "1e-400", "", None, "1" * 65, "٣", "0x1"]
)
def test_what_money_cannot_be_is_a_fault(text: str | None) -> None:
    with pytest.raises(WireFault, match="size"):
        number(text, "size")


@pytest.mark.parametrize(
    ("text", "value"), [("21220.6399999973697697", "21220.6399999973697697"), ("1E-8", "1E-8"), (3, "3"), (0.1, "0.1")]
)
def test_a_number_keeps_every_digit(text: str | float, value: str) -> None:
    assert number(text, "price") == Decimal(value)


@settings(deadline=None)
@given(st.decimals(min_value=0, max_value=10**12, places=8))
def test_a_plain_decimal_survives(value: Decimal) -> None:
    assert number(f"{value:f}", "price") == value


@pytest.mark.parametrize("absent", ["", None])
def test_an_absent_number_or_time_is_none(absent: str | None) -> None:
    assert optional_number(absent, "price") is None
    assert optional_time(absent, "time") is None
    assert count_of(absent, "fills") == 0


def test_a_count_is_whole() -> None:
    assert count_of("2", "fills") == 2
    with pytest.raises(WireFault, match="not a whole number"):
        count_of("1.5", "fills")


def test_the_zero_time_means_unset() -> None:
    assert optional_time("0001-01-01T00:00:00Z", "end_time") is None
    with pytest.raises(WireFault, match="not set"):
        time_of("0001-01-01T00:00:00Z", "trade_time")
    with pytest.raises(WireFault, match="RFC 3339"):
        time_of("2026-09-07 23:37:22 +0000 UTC", "trade_time")


def test_nine_digits_of_a_second_count() -> None:
    assert time_of("2026-09-27T10:15:31.234567891Z", "at") == instant("2026-09-27T10:15:31.234567891Z")


@pytest.mark.parametrize("text", ["-1", "0", "1e9", "99999999999", "", "١٢", 4_102_444_800])
def test_a_candle_starts_between_1970_and_2100(text: str | int) -> None:
    with pytest.raises(WireFault, match="start"):
        epoch_second(text, "start")
    assert epoch_second("1790504100", "start") == Instant(1790504100 * 10**9)


def test_words_outside_a_closed_set_are_faults_and_case_is_forgiven() -> None:
    assert word(Side, "buy", "side") is Side.BUY
    with pytest.raises(WireFault, match="side is unknown"):
        word(Side, "SHORT", "side")


def test_a_symbol_is_a_product_id_and_back() -> None:
    assert symbol_from(product_id_of(symbol_from("BTC-USD"))) == "BTC-USD"
    with pytest.raises(WireFault, match="BASE-QUOTE"):
        symbol_from("BTC-PERP-INTX")


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b"\xff\xfe", b'{"a":1e999}', b'{"a":NaN}', b"null"])
def test_no_body_breaks_the_decoder_otherwise_than_by_a_fault(body: bytes) -> None:
    with pytest.raises(WireFault, match="unreadable"):
        decoded(msgspec.json.Decoder(dict[str, dict[str, str]]), body, "thing")


def test_a_promised_page_without_a_cursor_is_a_fault() -> None:
    assert next_cursor(False, "abc", "orders") == ""
    assert next_cursor(True, "abc", "orders") == "abc"
    with pytest.raises(WireFault, match="names none"):
        next_cursor(True, None, "orders")


def test_a_quoted_text_is_short_and_printable() -> None:
    assert len(quoted("\x1b[2J" * 1000)) == 120
    assert quoted("a\nb").isprintable()


ODD_NUMBERS = ["1.5", "007", ".5", "5.", "1e3", "NaN", "", "-1", "1.2.3", "٣", "1_0", " 1", ".", "1" * 31]


@settings(deadline=None)
@given(st.lists(st.sampled_from(ODD_NUMBERS) | st.text()))
def test_the_fast_reader_of_prices_agrees_with_the_strict_one(texts: list[str]) -> None:
    for text in [*texts, None, 3, 0.1]:
        assert outcome(lambda text=text: plain_number(text, "price")) == outcome(  # type: ignore[misc]
            lambda text=text: optional_number(text, "price")  # type: ignore[misc]
        )


def outcome(read: Callable[[], object]) -> object:
    try:
        return read()
    except WireFault as fault:
        return str(fault)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            "2026-09-27T10:{:02}:{:02}{}{}".format,
            st.integers(14, 16),
            st.integers(0, 61),
            st.sampled_from(["", ".", ".5", ".123456789", ".1234567890", ".x", ".-1", ".٣"]),
            st.sampled_from(["Z", "Z", "Z", "z", "+01:00", "", "ZZ"]),
        )
        | st.text(max_size=30)
    )
)
def test_the_fast_reader_of_timestamps_agrees_with_the_strict_one(texts: list[str]) -> None:
    fast = Timestamps()
    for text in texts:
        strict = outcome(lambda text=text: time_of(text, "timestamp"))  # type: ignore[misc]
        assert outcome(lambda text=text: fast.read(text)) == strict  # type: ignore[misc]
