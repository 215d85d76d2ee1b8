"""Signed requests go to encrypted addresses or to this machine, and nowhere else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader247.errors import ConfigurationInvalid
from trader247.venues.coinbase.origin import REST_SCHEMES, STREAM_SCHEMES, checked_origin


@pytest.mark.parametrize(
    "url", ["https://api.coinbase.com", "https://api.coinbase.com/", "http://127.0.0.1:28080", "http://[::1]:1"]
)
def test_an_address_that_may_carry_a_key(url: str) -> None:
    assert checked_origin(url, REST_SCHEMES) == url.rstrip("/")


def test_a_stream_may_have_a_path() -> None:
    assert checked_origin("ws://localhost:1/ws", STREAM_SCHEMES) == "ws://localhost:1/ws"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.coinbase.com",
        "http://127.0.0.1.evil.example",
        "https://user@api.coinbase.com",
        "https://api.coinbase.com/api",
        "https://api.coinbase.com?x=1",
        "wss://api.coinbase.com",
        "ftp://x",
        "https://",
        "https://host:port",
        "",
    ],
)
@pytest.mark.req("SEC1")
def test_any_other_address_is_refused_with_the_way_out(url: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"https://"):
        checked_origin(url, REST_SCHEMES)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_check(text: str) -> None:
    for url in (text, f"http://{text}", f"https://{text}"):
        try:
            checked_origin(url, REST_SCHEMES)
        except ConfigurationInvalid:
            continue
