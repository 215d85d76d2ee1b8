"""The exchange's books across restarts."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.venues.simulated.rig import START, Desk, ScriptedMarket, at, bracket, limit, printed, quote, stop

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND
from trader247.venues.simulated.books_file import BooksFile, exchange_with_books
from trader247.venues.simulated.delays import Delays
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.generated_market import GeneratedMarket
from trader247.venues.simulated.order_record import OrderState

FUNDS = {"USD": Decimal(100_000), "BTC": Decimal(1)}


def opened(path: Path, *steps: object) -> tuple[SimulatedExchange, BooksFile]:
    script = steps or (quote(0, "59999", "60001"), quote(1, "49999", "50001"))
    exchange, books = exchange_with_books(ScriptedMarket(script), path, funds=FUNDS)  # type: ignore[arg-type]
    exchange.advance(START)
    return exchange, books


def test_an_account_goes_on_where_it_left_off(tmp_path: Path) -> None:
    path = tmp_path / "run" / "books.jsonl"
    first, books = opened(path)
    desk = Desk(first)
    filled, working = desk.order("BUY", limit("0.5", "60001")), desk.order("BUY", limit("0.25", "55000"))
    cancelled = desk.order("SELL", limit("0.1", "70000"))
    first.cancel(first.portfolio_id, cancelled.order_id, START)
    before = first.books()
    books.close()

    second, books = opened(path)
    assert second.portfolio_id == first.portfolio_id
    assert second.books() == before
    assert [order.state for _, order in second.records.orders(second.portfolio_id)] == [
        OrderState.CANCELLED,
        OrderState.OPEN,
        OrderState.FILLED,
    ]
    assert second.records.order(second.portfolio_id, filled.order_id) is not None
    second.advance(at(1))
    alive = second.records.order(second.portfolio_id, working.order_id)
    assert alive is not None
    assert (alive.state, alive.filled_size, alive.average_price) == (
        OrderState.FILLED,
        Decimal("0.25"),
        Decimal(55_000),
    )
    books.close()


def test_stops_brackets_edits_and_attached_orders_go_on_too(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    first, books = opened(path)
    desk, who = Desk(first), first.portfolio_id
    waiting = desk.order("SELL", stop("0.1", "45000", "50000", "DOWN"))
    guarded = desk.order("SELL", bracket("0.2", "65000", "50000"))
    parent = desk.order("BUY", limit("0.1", "50001"), attached=bracket("", "65000", "40000"))
    assert desk.edit(parent, "50002", "0.2") == ""
    books.close()

    steps = (quote(0, "59999", "60001"), quote(1, "49999", "50001"), printed(2, "50000"))
    second, books = opened(path, *steps)
    second.advance(at(2))
    alive = {order.order_id: order for _, order in second.records.orders(who)}
    assert alive[waiting.order_id].state is OrderState.FILLED
    assert alive[guarded.order_id].stop_leg == 47_500
    assert alive[guarded.order_id].state is OrderState.FILLED
    bought = alive[parent.order_id]
    assert (bought.state, bought.filled_size, len(bought.edits)) == (OrderState.FILLED, Decimal("0.2"), 1)
    child = alive[parent.attached_order_id]
    assert (child.state, child.hold) == (OrderState.OPEN, Decimal("0.2"))
    books.close()


def test_what_was_queued_is_done_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    slow = Delays(accept_ns=SECOND, cancel_ns=SECOND, edit_ns=SECOND)
    first, books = exchange_with_books(ScriptedMarket(), path, funds=FUNDS, delays=slow)
    first.advance(START)
    desk, who = Desk(first), first.portfolio_id
    edited, cancelled = (desk.order("BUY", limit("0.1", f"{50_000 + each}")) for each in range(2))
    first.catch_up(at(1))
    assert desk.edit(edited, "51000", "0.1", at(1)) == ""
    first.cancel(who, cancelled.order_id, at(1))
    pending = desk.order("BUY", limit("0.1", "40000"), at(1))
    books.close()

    second, books = opened(path)
    alive = {order.order_id: order for _, order in second.records.orders(who)}
    assert alive[pending.order_id].state is OrderState.OPEN
    assert alive[cancelled.order_id].state is OrderState.CANCELLED
    assert (alive[edited.order_id].state, alive[edited.order_id].terms.limit_price) == (
        OrderState.OPEN,
        Decimal(50_000),
    )
    books.close()


def test_identifiers_of_different_starts_never_meet(tmp_path: Path) -> None:
    seen: set[str] = set()
    for number in range(4):
        exchange, books = opened(tmp_path / "books.jsonl")
        order = Desk(exchange, sent=number * 10).order("BUY", limit("0.001", "50000"))
        assert order.order_id not in seen
        assert exchange.portfolio_id not in seen
        seen.add(order.order_id)
        books.close()


def test_a_client_order_id_stays_used_after_a_restart(tmp_path: Path) -> None:
    exchange, books = opened(tmp_path / "books.jsonl")
    order = Desk(exchange).order("BUY", limit("0.001", "50000"))
    books.close()
    exchange, books = opened(tmp_path / "books.jsonl")
    again, _ = exchange.place(
        exchange.portfolio_id, order.client_order_id, "BTC-USD", "BUY", limit("0.001", "50000"), now=START
    )
    assert getattr(again, "order_id", None) == order.order_id
    books.close()


def test_the_death_of_the_process_at_any_byte_leaves_whole_calls(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    exchange, books = opened(path)
    states = [exchange.books()]
    desk = Desk(exchange)
    for configuration in (limit("0.1", "60001"), limit("0.2", "50000")):
        desk.order("BUY", configuration)
        states.append(exchange.books())
    books.close()
    whole = path.read_bytes()
    for length in range(whole.index(b"\n") + 1, len(whole) + 1, 97):
        path.write_bytes(whole[:length])
        exchange, books = opened(path)
        assert exchange.books() in states or books.is_new, f"cut at {length}"
        assert books.torn == (whole[length - 1 : length] != b"\n")
        books.close()


def test_the_file_is_compacted_at_each_start(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    exchange, books = opened(path)
    order = Desk(exchange).order("BUY", limit("0.1", "50000"))
    for number in range(50):
        exchange.cancel(exchange.portfolio_id, order.order_id, START)
        order = Desk(exchange, sent=number + 1).order("BUY", limit("0.1", "50000"))
    books.close()
    grown = path.stat().st_size
    _, books = opened(path)
    books.close()
    assert path.stat().st_size < 0.7 * grown
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["books.jsonl"]


def test_a_product_that_left_the_market_gives_its_holds_back(tmp_path: Path) -> None:
    exchange, books = opened(tmp_path / "books.jsonl")
    Desk(exchange).order("BUY", limit("0.1", "50000"))
    books.close()
    other = GeneratedMarket(START, products=["ETH-USD"])
    exchange, books = exchange_with_books(other, tmp_path / "books.jsonl")
    assert exchange.books().balances["USD"].available == 100_000
    assert exchange.books().open_orders == 0
    books.close()


@pytest.mark.parametrize("content", [b"hello\n", b'{"format":9,"portfolio_id":"x","starts":0}\n', b"\x00\n", b"{}\n"])
def test_a_file_that_is_no_books_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "books.jsonl"
    path.write_bytes(content)
    with pytest.raises(ConfigurationInvalid, match=r"books\.jsonl:1: "):
        BooksFile.open(path, "me")
    assert path.read_bytes() == content


def test_books_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationInvalid, match="cannot be"):
        BooksFile.open(tmp_path / "file" / "books.jsonl", "me")
