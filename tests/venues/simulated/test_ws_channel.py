"""What all channels have in common."""

from tests.venues.simulated.rig import START, exchange_on

from trader247.venues.simulated.ws_channel import Channel, Notice


def test_a_key_is_listened_for_until_its_last_listener_parts() -> None:
    channel = Channel(exchange_on())
    channel.join("BTC-USD")
    channel.join("BTC-USD")
    channel.part("BTC-USD")
    assert channel._listeners == {"BTC-USD": 1}
    channel.part("BTC-USD")
    assert channel._listeners == {}


def test_a_notice_is_for_those_who_listen_to_its_key() -> None:
    channel, notice = Channel(exchange_on()), Notice("ticker", "BTC-USD", "{}")
    assert channel.payload(notice, ["ETH-USD", "BTC-USD"]) == "{}"
    assert channel.payload(notice, ["ETH-USD"]) is None


def test_a_channel_says_nothing_by_itself() -> None:
    channel = Channel(exchange_on())
    assert channel.snapshot(["BTC-USD"], START) == []
    assert channel.on_tick(START) == []
