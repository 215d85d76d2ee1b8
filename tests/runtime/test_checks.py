"""What is known to be wrong with a tree before it runs."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from tests.runtime.scripted import Stage

from trader247.runtime.channels import Mailbox
from trader247.runtime.checks import BadTree, check_tree, restarts_max, stop_s_max
from trader247.runtime.specs import Backoff, Group, Limit, Worker

pytestmark = pytest.mark.req("SUP2")

BOARD = Stage().switchboard


def make() -> Any:
    raise NotImplementedError


def faults(root: Group) -> tuple[str, ...]:
    with pytest.raises(BadTree) as caught:
        check_tree(root)
    return caught.value.faults


def test_a_good_tree_passes() -> None:
    a, b = Mailbox[int]("a", BOARD), Mailbox[int]("b", BOARD)
    check_tree(Group("g", (Worker("x", make, a, waits_on=(b,)), Worker("y", make, b)), stop_within=12.0))


def test_names_are_unique_in_the_whole_tree() -> None:
    [fault] = faults(Group("g", (Worker("w", make), Group("h", (Worker("w", make),)))))
    assert fault == "name w is used 2 times: give each worker and group its own"


@pytest.mark.parametrize(
    ("limit", "backoff", "bad"),
    [
        (Limit(5, per=30.0), Backoff(base=1.0, cap=60.0), False),  # 0+1+2+4+8 = 15 s
        (Limit(5, per=30.0), Backoff(base=3.0, cap=60.0), True),  # 0+3+6+12+24 = 45 s: five in 30 s cannot happen
        (Limit(10, per=60.0), Backoff(base=1.0, cap=30.0), True),
        (Limit(0, per=1.0), Backoff(base=60.0, cap=60.0), False),
    ],
)
def test_a_backoff_that_switches_escalation_off_is_refused(limit: Limit, backoff: Backoff, bad: bool) -> None:
    tree = Group("g", limits=(limit,), backoff=backoff)
    if bad:
        assert faults(tree)[0].startswith(f"group g can never give up by {limit}: its backoff alone takes")
    else:
        check_tree(tree)


def test_the_stop_budget_counts_every_grace_and_cut_below() -> None:
    tree = Group("g", (Worker("a", make), Group("h", (Worker("b", make, grace=10.0),))), stop_within=16.0)
    assert stop_s_max(tree) == 17.0
    assert faults(tree)[0].startswith("group g may take 17 s to stop, 16 s are allowed")
    assert faults(Group("g", (Worker("a", make, grace=inf),), stop_within=16.0))[0].startswith("group g may take inf s")


def test_a_mailbox_has_one_consumer() -> None:
    box = Mailbox[int]("ticks", BOARD)
    [fault] = faults(Group("g", (Worker("a", make, box), Worker("b", make, box))))
    assert fault == "mailbox ticks is consumed by a, b: give each its own and send to both"


def test_waiting_sends_form_no_circle() -> None:
    a, b, c = (Mailbox[int](name, BOARD) for name in "abc")
    workers = (
        Worker("x", make, a, waits_on=(b,)),
        Worker("y", make, b, waits_on=(c,)),
        Worker("z", make, c, waits_on=(b,)),
    )
    assert faults(Group("g", workers)) == ("waiting sends form a circle: y -> z -> y; let one of them post instead",)


def test_an_actor_that_waits_for_itself_is_a_circle_too() -> None:
    a = Mailbox[int]("a", BOARD)
    assert "x -> x" in faults(Group("g", (Worker("x", make, a, waits_on=(a,)),)))[0]


def test_all_faults_are_named_at_once() -> None:
    box = Mailbox[int]("ticks", BOARD)
    bad = Backoff(base=30.0, cap=30.0)
    tree = Group("g", (Worker("a", make, box), Worker("a", make, box, waits_on=(box,))), backoff=bad, stop_within=1.0)
    assert len(faults(tree)) == 5


def test_restarts_multiply_per_level() -> None:
    leaf = Group("leaf", limits=(Limit(9, per=99.0),))
    assert restarts_max(leaf) == 9
    assert restarts_max(Group("root", (leaf,), limits=(Limit(9, per=99.0),))) == 99
