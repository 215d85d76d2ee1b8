"""What the daemon wrote is read by sqlite3 alone, and says what the daemon's own store says."""

import hashlib
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from trader247.checker.evidence import Books, read_books, read_rows

pytestmark = pytest.mark.req("SE4")

TABLES = """
CREATE TABLE journal (seq, at_utc_ns, kind, cause, config_hash, epoch, body, prev_hash, hash);
CREATE TABLE orders (client_order_id, status); CREATE TABLE fills (fill_id, quantity);
CREATE TABLE positions (symbol, quantity); CREATE TABLE flows (currency, amount);
CREATE TABLE halts (tripped_at_utc_ns, reason);
INSERT INTO journal VALUES (2, 20, 'b', 7, 'c', 'e', '{}', 'h1', 'h2'), (1, 10, 'a', NULL, 'c', 'e', '{}', 'h0', 'h1');
INSERT INTO orders VALUES ('c-1', 'OPEN'); INSERT INTO flows VALUES ('USD', '-1.50');
"""


def folder_with(tmp_path: Path, head: bytes) -> Path:
    with closing(sqlite3.connect(tmp_path / "trader247.db")) as books:
        books.executescript(TABLES)
    (tmp_path / "trader247.db.head").write_bytes(head)
    return tmp_path


def test_rows_are_read_in_their_order_and_tables_by_their_key(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, b"")
    assert [(row.seq, row.at, row.cause) for row in read_rows(folder)] == [(1, 10, None), (2, 20, 7)]
    books = read_books(folder)
    assert books.orders["c-1"]["status"] == "OPEN"
    assert books.flows == {"USD": Decimal("-1.50")}
    assert isinstance(books, Books)


def test_the_newer_slot_of_the_head_file_counts_and_a_torn_one_does_not(tmp_path: Path) -> None:
    slots = [f"{number} {hashlib.sha256(bytes([number])).hexdigest()} 00000000".ljust(512) for number in (8, 7)]
    assert read_books(folder_with(tmp_path, "".join(slots).encode())).head == (
        8,
        hashlib.sha256(bytes([8])).hexdigest(),
    )
    (tmp_path / "trader247.db.head").write_bytes(("9 torn".ljust(512) + slots[1]).encode())
    torn = read_books(tmp_path).head
    assert torn is not None
    assert torn[0] == 7


def test_a_history_without_a_head_file_has_none(tmp_path: Path) -> None:
    (folder_with(tmp_path, b"") / "trader247.db.head").unlink()
    assert read_books(tmp_path).head is None
