"""Product modes, maintenance and clock skew."""

import pytest
from tests.venues.simulated.rig import START, at, exchange_on

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND
from trader247.venues.simulated import switches as module
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.products import TradingFlags
from trader247.venues.simulated.switches import Mode, Switches, Thrown, flags_of


@pytest.fixture
def exchange() -> SimulatedExchange:
    return exchange_on()


def flags(exchange: SimulatedExchange) -> TradingFlags:
    return exchange.engine.flags["BTC-USD"]


def test_each_mode_is_one_flag_and_only_online_is_none() -> None:
    assert flags_of(Mode.ONLINE) == TradingFlags()
    assert len({flags_of(mode) for mode in Mode}) == len(Mode)
    for mode in (Mode.CANCEL_ONLY, Mode.TRADING_DISABLED, Mode.VIEW_ONLY, Mode.OFFLINE):
        assert not flags_of(mode).takes_orders
    for mode in (Mode.LIMIT_ONLY, Mode.POST_ONLY, Mode.AUCTION_MODE):
        assert flags_of(mode).takes_orders


def test_a_mode_set_by_hand_holds_until_told_otherwise(exchange: SimulatedExchange) -> None:
    switches = Switches(exchange)
    switches.set_mode("*", Mode.CANCEL_ONLY)
    switches.advance(at(10_000))
    assert flags(exchange).cancel_only
    switches.set_mode("BTC-USD", Mode.ONLINE)
    assert flags(exchange) == TradingFlags()


def test_a_mode_for_a_while_gives_way_to_what_was_there(exchange: SimulatedExchange) -> None:
    exchange.set_flags("BTC-USD", TradingFlags(limit_only=True))
    switches = Switches(exchange)
    switches.throw(Thrown(START, at(10), (("BTC-USD", Mode.CANCEL_ONLY),)), START)
    assert flags(exchange).cancel_only
    switches.throw(Thrown(at(2), at(5), (("*", Mode.VIEW_ONLY),)), at(1))
    assert flags(exchange).cancel_only, "not yet"
    switches.advance(at(2))
    assert flags(exchange).view_only, "the latest in force wins"
    switches.advance(at(5))
    assert flags(exchange).cancel_only
    switches.advance(at(10))
    assert flags(exchange) == TradingFlags(limit_only=True)


def test_maintenance_and_skew_come_and_go_alike(exchange: SimulatedExchange) -> None:
    switches = Switches(exchange)
    switches.set_skew(7)
    switches.throw(Thrown(START, at(10), maintenance=True, skew=-3 * SECOND), START)
    assert (switches.maintenance, switches.skew) == (True, -3 * SECOND)
    switches.advance(at(10))
    assert (switches.maintenance, switches.skew) == (False, 7)
    switches.set_maintenance(True)
    assert switches.maintenance


def test_only_so_many_switches_are_remembered(exchange: SimulatedExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_THROWN_MAX", 3)
    switches = Switches(exchange)
    for number in range(9):
        switches.throw(Thrown(START, None, skew=number), START)
    assert (len(switches._thrown), switches.skew) == (3, 8)


def test_a_product_that_is_not_traded_is_refused_by_name(exchange: SimulatedExchange) -> None:
    with pytest.raises(ConfigurationInvalid, match="'NOPE-USD' is not traded here; there are BTC-USD"):
        Switches(exchange).set_mode("NOPE-USD", Mode.OFFLINE)
