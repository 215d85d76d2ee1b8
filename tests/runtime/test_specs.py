"""Specs refuse what makes no sense, with the name, the value and the way out (case child_specs, sup_flags)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import inf, nan
from typing import Any

import pytest
from tests.runtime.scripted import Stage

from trader247.runtime.channels import Mailbox
from trader247.runtime.specs import Backoff, Escalate, Group, Limit, Restart, Strategy, Worker

pytestmark = pytest.mark.req("SUP2")


def make() -> Any:
    raise NotImplementedError


def test_sup_start_map__defaults_are_as_documented() -> None:
    worker = Worker("w", make)
    assert (worker.restart, worker.start_within, worker.grace) == (Restart.PERMANENT, 10.0, 5.0)
    group = Group("g")
    assert (group.strategy, group.exhausted, group.restart) == (
        Strategy.ONE_FOR_ONE,
        Escalate.PARENT,
        Restart.PERMANENT,
    )
    assert [str(limit) for limit in group.limits] == ["5 restarts in 30 s", "20 restarts in 21600 s"]
    assert group.backoff == Backoff(base=0.2, cap=5.0, jitter=1.0, healthy_after=60.0)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Worker("", make), "name '': give a printable text"),
        (lambda: Worker("a/b", make), "name 'a/b': give a printable text without '/'"),
        (lambda: Worker("w", 3), "worker w: make is 3: give a factory"),  # type: ignore[arg-type]
        (lambda: Worker("w", make, restart="often"), "worker w: restart is 'often'"),  # type: ignore[arg-type]
        (lambda: Worker("w", make, grace=-1), "worker w: grace is -1: give seconds, 0 or more"),
        (lambda: Worker("w", make, grace=nan), "worker w: grace is nan"),
        (lambda: Worker("w", make, start_within=0), "worker w: start_within is 0"),
        (lambda: Worker("w", make, beat_limit=0), "worker w: beat_limit is 0"),
        (lambda: Worker("w", make, busy_limit=1), "worker w: busy_limit needs an inbox"),
        (lambda: Group("g", (3,)), "group g: child 3 is neither a Worker nor a Group"),  # type: ignore[arg-type]
        (lambda: Group("g", strategy="all"), "group g: strategy is 'all': give a Strategy"),  # type: ignore[arg-type]
        (lambda: Group("g", limits=()), "group g: limits is empty"),
        (lambda: Limit(-1, per=5), "Limit.restarts is -1"),
        (lambda: Limit(1, per=0), "Limit.per is 0"),
        (lambda: Limit(1, per=inf), "Limit.per is inf"),
        (lambda: Backoff(base=-1), "Backoff.base is -1"),
        (lambda: Backoff(base=3, cap=2), "Backoff.cap is 2: give seconds, at least base"),
        (lambda: Backoff(jitter=1.5), "Backoff.jitter is 1.5"),
        (lambda: Backoff(healthy_after=0), "Backoff.healthy_after is 0"),
        (lambda: Backoff(factor=0.5), "Backoff.factor is 0.5"),
    ],
)
def test_sup_start_map_faulty_specs__are_refused_with_the_name_the_value_and_the_way_out(
    build: Callable[[], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        build()


def test_child_specs__every_combination_of_good_fields_is_accepted() -> None:
    inbox = Mailbox[int]("box", Stage().switchboard)
    for restart, start_within, grace, busy, beat in product(Restart, (0.1, inf), (0, 5, inf), (None, 1.0), (None, 2.0)):
        Worker("w", make, inbox, restart, start_within, grace, busy, beat)
    for strategy, exhausted, restart in product(Strategy, Escalate, Restart):
        Group("g", (Worker("w", make), Group("h")), strategy, exhausted=exhausted, restart=restart)
