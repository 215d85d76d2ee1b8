"""From any id of a story to all its rows, and to no row of another story."""

import pytest
from attrs import evolve
from tests.builders import client_id
from tests.story_samples import AGAIN, CYCLE, REFUSED, RUN, WISH, rows, searched, withheld

from trader247.core import explain_search
from trader247.core.explain_ids import Row, What
from trader247.core.explain_search import Ambiguous, Look, Search, Subject, UnknownId
from trader247.errors import Trader247Error

RECORDS = rows()
POSITION = (1, 2, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15)
"""The cycle, the verdict, the entry with its fills, and both exits."""


def numbers(key: str) -> tuple[int, ...]:
    return tuple(row.seq for row in searched(key).rows)


@pytest.mark.req("X2")
@pytest.mark.parametrize(
    "key",
    [
        WISH,
        f"{RUN}-i1",
        f"{RUN}-i2",
        f"{RUN}-i3",
        client_id(1),
        client_id(2),
        client_id(3),
        client_id(3)[:8],
        "v1",
        "v2",
        "v3",
        "fone",
        "ftwo",
        "fthree",
        "2",
        "7",
        "15",
    ],
)
def test_every_id_of_an_order_of_the_position_leads_to_the_whole_story(key: str) -> None:
    assert numbers(key) == POSITION


@pytest.mark.parametrize("key", [AGAIN, f"{RUN}-i4", "v4", "ffour", "17"])
def test_the_next_position_of_the_same_instrument_is_another_story(key: str) -> None:
    assert numbers(key) == (16, 17, 18)


@pytest.mark.req("X2")
def test_a_cycle_is_told_with_everything_it_led_to() -> None:
    assert numbers(CYCLE) == tuple(sorted((*POSITION, 3)))
    assert numbers(f"{RUN}-c2") == (16, 17, 18)


def test_a_refused_proposal_and_a_withheld_order_are_stories_of_their_own() -> None:
    assert numbers(REFUSED) == (1, 3)
    assert numbers(withheld().intent.client_order_id) == (19,)


def test_a_row_that_belongs_to_no_order_is_told_alone() -> None:
    found = searched("11")
    assert (found.subject, [row.seq for row in found.rows]) == (Subject(What.ROW, "11"), [11])


def test_a_row_that_went_while_its_order_was_looked_for_is_said_to_be_unknown() -> None:
    search = Search("11")
    search.take(evolve(RECORDS[3], seq=11))
    assert search.turn() is None
    assert (search.look, search.wanted.texts) == (Look.NAMED, (WISH,))
    with pytest.raises(UnknownId):
        search.turn()


def test_a_cycles_row_keeps_the_triggers_of_its_story_and_no_instruments() -> None:
    told = searched(WISH).rows[0].content
    assert [trigger["symbol"] for trigger in told["triggers"]] == ["BTC-USD"]
    assert "instruments" not in told


def test_a_whole_id_is_meant_before_a_number_and_before_a_beginning() -> None:
    digits = evolve(RECORDS[5], seq=20, content=_named_11(RECORDS[5]))
    assert searched("11", (*RECORDS, digits)).subject == Subject(What.VENUE_ORDER, "11")
    assert searched(f"{RUN}-c1").subject == Subject(What.CYCLE, CYCLE)


def _named_11(row: Row) -> dict[str, object]:
    return {**row.content, "order": {**row.content["order"], "venue_order_id": "11"}}


@pytest.mark.parametrize("key", ["", "nothing", "v9", "99", "0", "-1", "1" * 30, "fon", "\u0663", "%", "' OR 1=1"])
def test_what_nobody_is_called_is_said_in_one_line(key: str) -> None:
    with pytest.raises(UnknownId, match="knows no proposal") as caught:
        searched(key)
    assert "\n" not in str(caught.value)


def test_a_beginning_that_several_have_is_refused_with_some_of_them() -> None:
    with pytest.raises(Ambiguous, match=rf"cycle {CYCLE}, .*\.\.\.; say more of it"):
        searched(RUN)
    assert issubclass(Ambiguous, Trader247Error)


def test_more_candidates_than_are_kept_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain_search, "_CANDIDATES_MAX", 3)
    with pytest.raises(Ambiguous, match="3 ids or more"):
        searched(RUN)


def test_a_story_is_bounded_and_says_how_much_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain_search, "ROWS_MAX", 4)
    found = searched("v1")
    assert (len(found.rows), found.left_out) == (4, len(POSITION) - 4)


def test_a_sale_that_never_filled_is_told_to_its_end_though_the_position_was_closed_before() -> None:
    late = evolve(RECORDS[11], seq=20)
    without = tuple(row for row in RECORDS if row.seq != 12)
    assert [row.seq for row in searched("v1", (*without, late)).rows][-1] == 20


def test_each_look_asks_only_for_what_it_needs() -> None:
    search = Search("v1")
    assert (search.look, search.wanted.texts, search.wanted.seq) == (Look.NAMED, ("v1",), None)
    assert Search("7").wanted.seq == 7
    assert Search('a"b\\').wanted.texts == ('a\\"b\\\\',)
    for row in RECORDS:
        search.take(row)
    assert search.turn() is None
    assert (search.wanted.kinds, search.wanted.texts) == (("fill_booked",), ('"BTC-USD"',))
    for row in RECORDS:
        search.take(row)
    assert search.turn() is None
    wanted = search.wanted
    assert (wanted.texts, wanted.near, wanted.near_first) == ((CYCLE, f"{RUN}-i1"), ('"BTC-USD"',), 7)
    assert 14 < wanted.near_last < 2_000
