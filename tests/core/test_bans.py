import pytest
from attrs import evolve
from tests.builders import BTC, ETH, at
from tests.core.ban_samples import ban

from trader247.core.bans import BanList
from trader247.messages.bans import BanLifted, InstrumentBanned

pytestmark = pytest.mark.req("U4")


def test_a_ban_holds_until_its_last_nanosecond_and_is_told_to_lapse_once() -> None:
    bans = BanList((ban(BTC, until=100),))
    assert [*bans.in_force(at(99.999999999))] == [BTC]
    assert bans.lapse(at(99.999999999)) == ()
    assert [*bans.in_force(at(100))] == []
    assert bans.lapse(at(100)) == (ban(BTC, until=100),)
    assert bans.lapse(at(101)) == ()


def test_a_second_ban_of_an_instrument_takes_the_first_one_s_place() -> None:
    bans = BanList((ban(BTC, until=100),))
    later = evolve(ban(BTC, until=900), reason="worse than thought")
    bans.take(InstrumentBanned(later))
    assert bans.all == (later,)


def test_a_lifted_ban_is_over_and_lapses_no_more() -> None:
    bans = BanList((ban(BTC, until=100), ban(ETH, until=100)))
    bans.take(BanLifted(BTC, "anna", "it was another coin", at(5)))
    bans.take(BanLifted(BTC, "anna", "twice", at(6)))
    assert bans.lapse(at(200)) == (ban(ETH, until=100),)


def test_what_lapsed_while_the_daemon_was_down_is_told_at_the_first_look() -> None:
    assert BanList((ban(BTC, until=-10),)).lapse(at(0)) == (ban(BTC, until=-10),)
