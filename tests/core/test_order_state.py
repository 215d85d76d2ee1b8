"""The transition table, pair by pair."""

import random
from itertools import product

import pytest

from trader247.core.order_state import ABSORBED, SEEN, TRANSITIONS, IllegalTransition, OrderEvent, next_status
from trader247.model.order import OrderStatus

PAIRS = tuple(product(OrderStatus, OrderEvent))
TERMINAL = {s for s in OrderStatus if s.terminal}


@pytest.mark.req("OSM")
@pytest.mark.fault("OL-24")
@pytest.mark.parametrize(("status", "event"), PAIRS, ids=lambda v: v.value)
def test_every_pair_of_status_and_event_is_a_row_or_late_news_or_illegal(
    status: OrderStatus, event: OrderEvent
) -> None:
    row = event in TRANSITIONS[status]
    late = event in ABSORBED[status]
    assert not (row and late)
    if row:
        assert next_status(status, event) is TRANSITIONS[status][event]
    elif late:
        assert next_status(status, event) is status
    else:
        with pytest.raises(IllegalTransition, match=f"{event.value} cannot happen to an order that is {status.value}"):
            next_status(status, event)


def test_every_status_has_its_row_in_both_tables() -> None:
    assert set(TRANSITIONS) == set(ABSORBED) == set(OrderStatus)


def reachable(start: OrderStatus) -> set[OrderStatus]:
    found: set[OrderStatus] = set()
    new = {start}
    while new:
        found |= new
        new = {following for status in new for following in TRANSITIONS[status].values()} - found
    return found


def test_every_status_can_be_reached_from_new() -> None:
    assert reachable(OrderStatus.NEW) == set(OrderStatus)


@pytest.mark.parametrize("status", [s for s in OrderStatus if not s.terminal], ids=lambda s: s.value)
def test_from_every_status_that_is_not_terminal_an_end_can_be_reached(status: OrderStatus) -> None:
    assert reachable(status) & TERMINAL


@pytest.mark.parametrize("status", [s for s in OrderStatus if s.working], ids=lambda s: s.value)
def test_whatever_end_the_venue_reports_ends_a_working_order_that_way(status: OrderStatus) -> None:
    ends = {
        OrderEvent.SEEN_FILLED: OrderStatus.FILLED,
        OrderEvent.SEEN_CANCELED: OrderStatus.CANCELED,
        OrderEvent.SEEN_EXPIRED: OrderStatus.EXPIRED,
        OrderEvent.SEEN_FAILED: OrderStatus.FAILED,
    }
    assert {event: next_status(status, event) for event in ends} == ends


def test_only_a_new_order_can_be_sent_and_being_sent_is_told_once() -> None:
    senders = {status for status in OrderStatus if OrderEvent.SENT in TRANSITIONS[status]}
    assert senders == {OrderStatus.NEW}


def test_only_an_order_in_doubt_can_be_proven_absent() -> None:
    assert {s for s in OrderStatus if OrderEvent.PROVEN_ABSENT in TRANSITIONS[s]} == {OrderStatus.UNKNOWN}


def test_a_filled_order_stays_filled_whatever_comes() -> None:
    assert TRANSITIONS[OrderStatus.FILLED] == {}


@pytest.mark.fault("OL-08")
@pytest.mark.parametrize("ended", [OrderStatus.CANCELED, OrderStatus.EXPIRED])
def test_a_full_fill_told_after_the_end_makes_the_order_filled(ended: OrderStatus) -> None:
    assert next_status(ended, OrderEvent.SEEN_FILLED) is OrderStatus.FILLED
    assert next_status(ended, OrderEvent.SEEN_PARTIAL) is ended


@pytest.mark.parametrize("thought", [OrderStatus.FAILED, OrderStatus.REJECTED])
@pytest.mark.parametrize("seen", ["SEEN_OPEN", "SEEN_PARTIAL", "SEEN_PENDING_CANCEL", "SEEN_FILLED", "ACCEPTED"])
def test_an_order_we_thought_never_lived_comes_back_when_the_venue_shows_it(thought: OrderStatus, seen: str) -> None:
    back = next_status(thought, OrderEvent[seen])
    assert back.working or back is OrderStatus.FILLED


@pytest.mark.req("OM2")
@pytest.mark.parametrize(
    ("answer", "status"),
    [("ACCEPTED", "OPEN"), ("REJECTED", "REJECTED"), ("NOT_SENT", "FAILED")],
)
def test_an_answer_that_comes_after_we_stopped_waiting_is_as_good_as_ever(answer: str, status: str) -> None:
    assert next_status(OrderStatus.UNKNOWN, OrderEvent[answer]) is OrderStatus[status]


def test_a_cancel_under_way_never_goes_back_to_resting() -> None:
    following = set(TRANSITIONS[OrderStatus.PENDING_CANCEL].values())
    assert following <= TERMINAL | {OrderStatus.PENDING_CANCEL}


def test_every_status_the_venue_can_name_is_an_event_and_unknown_is_none() -> None:
    ours_alone = {OrderStatus.NEW, OrderStatus.SUBMITTED, OrderStatus.UNKNOWN}
    assert set(SEEN) == set(OrderStatus) - ours_alone


# ----------------------------------------------------------------------------------------------- the reference model
def reference(status: str, event: str) -> str:
    """What must become of an order, written down from the rules in prose and not from the table; ``illegal`` for never.

    It speaks in words of its own: where the order is (nowhere, on its way, there, leaving, nobody knows, gone).
    """
    there, gone = {"OPEN", "PARTIAL_FILL"}, {"FILLED", "CANCELED", "EXPIRED"}
    never_lived = {"REJECTED", "FAILED"}
    word = event.removeprefix("seen_") if event.startswith("seen_") else None

    # before the first byte: it goes out, it stays in, or a crash hides which of the two
    if status == "NEW":
        return {"sent": "SUBMITTED", "not_sent": "FAILED", "doubted": "UNKNOWN"}.get(event, "illegal")

    # an order that filled is the end of every story; a story that it expired or failed contradicts it
    if status == "FILLED":
        late = {"accepted", "doubted", "cancel_sent", "cancel_refused", "seen_open", "seen_partial"}
        late |= {"seen_pending_cancel", "seen_filled", "seen_canceled"}
        return "FILLED" if event in late else "illegal"

    # gone without being filled: only the fill that crossed the end is news, the rest of the past is late
    if status in gone:
        if word == "filled":
            return "FILLED"
        late = {"accepted", "doubted", "cancel_sent", "cancel_refused"}
        late |= {"seen_open", "seen_partial", "seen_pending_cancel", "seen_canceled"}
        if status == "EXPIRED":
            late.add("seen_expired")
        return status if event in late else "illegal"

    # we thought it never lived: whatever shows it alive or filled brings it back, whatever agrees changes nothing
    if status in never_lived:
        back = {"accepted": "UNKNOWN", "seen_open": "OPEN", "seen_partial": "PARTIAL_FILL"}
        back |= {"seen_pending_cancel": "PENDING_CANCEL", "seen_filled": "FILLED"}
        back |= {"seen_canceled": "CANCELED", "seen_expired": "EXPIRED"}
        if event in back:
            return back[event]
        agrees = {"seen_failed", "doubted"}
        agrees |= {"rejected"} if status == "REJECTED" else {"proven_absent", "not_sent", "cancel_refused"}
        return status if event in agrees else "illegal"

    # from here on it is, or may be, live: the venue's word on its end is the end
    if word in {"filled", "canceled", "expired", "failed"}:
        return word.upper()
    if event == "sent":
        return status  # the gateway's echo
    if event == "doubted":
        return "UNKNOWN" if status == "SUBMITTED" else status
    if status in {"SUBMITTED", "UNKNOWN"}:
        answers = {"not_sent": "FAILED", "accepted": "OPEN", "rejected": "REJECTED"}
        answers |= {"seen_open": "OPEN", "seen_partial": "PARTIAL_FILL", "seen_pending_cancel": "PENDING_CANCEL"}
        if event in answers:
            return answers[event]
        if status == "UNKNOWN":
            if event == "proven_absent":
                return "FAILED"
            return "UNKNOWN" if event in {"cancel_sent", "cancel_refused"} else "illegal"
        return "illegal"
    # at the venue, resting or leaving
    if event in {"accepted", "seen_open", "cancel_refused"}:
        return status
    if event == "seen_partial":
        return "PARTIAL_FILL" if status in there else "PENDING_CANCEL"
    if event in {"cancel_sent", "seen_pending_cancel"}:
        return "PENDING_CANCEL"
    return "illegal"


LONGEST = 6


def actual(status: OrderStatus, event: OrderEvent) -> str:
    try:
        return next_status(status, event).value
    except IllegalTransition:
        return "illegal"


@pytest.mark.req("OSM")
def test_every_sequence_of_up_to_six_events_ends_where_a_reading_of_the_rules_ends() -> None:
    """All 15 ** 6 sequences: two that lead both sides to the same pair of statuses have the same futures, so each pair
    is gone on from once. An illegal event changes nothing, and the sequence goes on.
    """
    reached: dict[tuple[OrderStatus, str], tuple[str, ...]] = {(OrderStatus.NEW, "NEW"): ()}
    newest, covered = dict(reached), 0
    for _ in range(LONGEST):
        following: dict[tuple[OrderStatus, str], tuple[str, ...]] = {}
        for (ours, theirs), path in newest.items():
            for event in OrderEvent:
                covered += 1
                after, said = actual(ours, event), reference(theirs, event.value)
                assert after == said, f"{' '.join((*path, event.value))}: the table says {after}, the rules {said}"
                now = ours if after == "illegal" else OrderStatus(after)
                pair = (now, theirs if said == "illegal" else said)
                if pair not in reached:
                    following[pair] = reached[pair] = (*path, event.value)
        newest = following
    assert {ours for ours, _ in reached} == set(OrderStatus), "six events are enough to see every status"
    assert not newest, "and no pair is first reached by the last event, so longer sequences show nothing new"
    assert covered == len(OrderStatus) * len(OrderEvent)


@pytest.mark.req("OSM")
@pytest.mark.parametrize("seed", range(20))
def test_long_stories_of_single_orders_agree_with_the_reading_too(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(500):
        status, read = OrderStatus.NEW, "NEW"
        for event in rng.choices(tuple(OrderEvent), k=12):
            after, said = actual(status, event), reference(read, event.value)
            assert after == said, f"seed {seed}: {status.value} {event.value}"
            if after != "illegal":
                status, read = OrderStatus(after), said
