from attrs import evolve

from trader247.model.instrument import Symbol
from trader247.model.policy_universe import THEMES, Universe
from trader247.model.signals import Tier

BTC, DOGE, PEPE = Symbol("BTC-USD"), Symbol("DOGE-USD"), Symbol("PEPE-USD")


def test_an_instrument_has_the_tier_that_lists_it() -> None:
    universe = Universe()
    assert universe.tier_of(BTC) is Tier.CORE
    assert universe.tier_of(DOGE) is Tier.ROTATIONAL
    assert universe.tier_of(PEPE) is Tier.EVENT_DRIVEN
    assert universe.tier_of(Symbol("XYZ-USD")) is None


def test_what_is_tradable_is_in_an_enabled_tier_and_not_banned() -> None:
    assert Universe().tradable == ("BTC-USD", "DOGE-USD", "ETH-USD", "LINK-USD", "SOL-USD")
    assert BTC not in evolve(Universe(), never_trade=(BTC,)).tradable
    assert PEPE not in Universe().tradable


def test_themes_are_named_in_alphabetical_order_whatever_order_they_were_written_in() -> None:
    universe = evolve(Universe(), themes={"Z": (BTC,), "A": (BTC, DOGE)})
    assert universe.themes_of(BTC) == ("A", "Z")
    assert universe.themes_of(PEPE) == ()


def test_every_theme_of_the_default_names_instruments_of_a_tier() -> None:
    assert all(Universe().tier_of(symbol) for members in THEMES.values() for symbol in members)


def test_themes_and_tiers_have_their_caps_whether_their_tier_is_enabled_or_not() -> None:
    groups = {group.name: group for group in Universe().groups}
    assert list(groups)[:4] == ["theme:DEFI", "theme:LAYER1", "theme:LAYER2", "theme:MEME"]
    assert list(groups)[4:] == ["tier:core", "tier:rotational", "tier:event_driven"]
    assert groups["theme:MEME"].limit_pct is None
    assert groups["tier:event_driven"].limit_pct == 10
    assert PEPE in groups["tier:event_driven"].symbols
