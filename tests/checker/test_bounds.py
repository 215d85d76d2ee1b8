"""A mailbox over its bound and an order that writes a novel are found."""

import pytest
from tests.checker.story import changed, found, healthy, intent

from trader247.checker.bounds import bounded
from trader247.checker.evidence import Bar

pytestmark = pytest.mark.req("SE4", "SUP1")


@pytest.mark.invariant("I-41")
def test_a_mailbox_over_its_bound_is_found() -> None:
    assert found(healthy(bars=[Bar("order_manager/urgent", 65, 64)])).broken == ["I-41"]
    assert found(healthy(bars=[Bar("order_manager/urgent", 64, 64)])).broken == []


@pytest.mark.invariant("I-41")
def test_orders_with_more_than_twelve_rows_in_the_mean_are_found() -> None:
    many = [changed(100 + n, "x", intent(f"x{n % 5}"), "NEW") for n in range(90)]
    assert [v.subject for v in bounded(healthy(lambda rows: rows.extend(many)))] == ["rows"]
    assert list(bounded(healthy(lambda rows: rows.extend(many[:40])))) == []
    few = [changed(100 + n, "x", intent("x"), "NEW") for n in range(60)]
    assert [v.subject for v in bounded(healthy(lambda rows: rows.extend(few)))] == ["rows"]
