"""A daemon and its exchange, two processes, and a wire between them that goes bad while they trade."""

from pathlib import Path

import pytest
from tests.chaos.bad_wire import spoiled
from tests.chaos.proxy import Fault, Kind, Way

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BAD = (
    Fault(Kind.RESET, Way.BACK),
    Fault(Kind.CORRUPT, Way.BACK, at=150),
    Fault(Kind.DUPLICATE, Way.OUT, seconds=0.5),
    Fault(Kind.TRUNCATE, Way.OUT, at=60),
)


@pytest.mark.req("X1", "OM3", "REC1")
@pytest.mark.fault("NW-03", "RA-06")
def test_whatever_the_wire_does_trading_comes_back_and_the_books_are_equal(tmp_path: Path) -> None:
    violated, summary = spoiled(tmp_path / "wire", BAD)
    assert violated == [], f"{summary}"
    assert summary["struck"].keys() == {fault.kind.value for fault in BAD}
    assert summary["fills"] >= 10
