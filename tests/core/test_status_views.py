"""The nouns as JSON."""

import json
from decimal import Decimal

from attrs import evolve
from tests.board_samples import alert, at, cycle, fill, halted, order, panel, position, quote, refused, view, withheld

from trader247.core import status_views as views
from trader247.model.money import Price
from trader247.model.order import Style


def test_every_view_survives_json_unchanged() -> None:
    shown = [
        views.order_view(order()),
        views.withheld_view(withheld(), at(1).utc),
        views.fill_view(fill()),
        views.position_view(position(), quote().quote),
        views.position_view(position(), None),
        views.quote_view(quote().quote, 1.234),
        views.alert_view(alert()),
        views.halt_view(halted()),
        views.guard_view(panel()[0], 1.0),
        views.refusal_view(refused(), at(1).utc),
        views.instrument_view(view()),
        views.cycle_view(cycle(), at(1).utc),
    ]
    assert json.loads(json.dumps(shown)) == shown


def test_money_is_text_without_exponent_so_that_no_reader_makes_a_float_of_it() -> None:
    shown = views.position_view(position(), quote(mid="60000").quote)
    assert shown["quantity"] == "0.0123"
    assert shown["value"] == "738"
    assert shown["unrealised"] == "-18.19435"
    assert shown["change_pct"] == -2.016


def test_a_position_without_a_quote_shows_no_value_rather_than_a_guess() -> None:
    shown = views.position_view(position(), None)
    assert (shown["mid"], shown["value"], shown["unrealised"], shown["change_pct"]) == (None, None, None, None)


def test_a_position_shows_what_protects_it_at_the_venue_and_from_where_its_stop_was_raised() -> None:
    held = evolve(position(), raised_from=Price(Decimal(50000)))
    sale = order().intent
    resting = evolve(
        order(), intent=evolve(sale, symbol=held.symbol, style=Style.STOP_LIMIT, stop_price=held.stop_price)
    )
    shown = views.position_view(held, None, (order(), resting))
    assert shown["at_venue"] == f"stop_limit at {held.stop_price}, {resting.status.value}"
    assert shown["raised_from"] == "50000"
    assert views.position_view(held, None, (order(),))["at_venue"] is None


def test_a_withheld_order_has_the_shape_of_an_order() -> None:
    assert set(views.withheld_view(withheld(), at(0).utc)) == set(views.order_view(order()))


def test_a_reading_says_how_far_it_is_off() -> None:
    assert views.reading_view(view().readings[0])["short_by"] == 0.8


def test_a_guards_age_goes_on_after_the_panel_was_made() -> None:
    assert views.guard_view(panel()[0], 3.0)["age_s"] == 3.2
