"""What the supervisors of one tree share."""

from __future__ import annotations

import pytest
from tests.runtime.scripted import Stage

from trader247.runtime.channels import Mailbox
from trader247.runtime.incarnation import Cell
from trader247.runtime.specs import Group
from trader247.runtime.tree import cells_below, unattend

pytestmark = pytest.mark.req("SUP2")


def test_cells_are_walked_in_start_order() -> None:
    stage = Stage()
    root = Group("root", (stage.worker("a"), Group("g", (stage.worker("b"), stage.worker("c"))), stage.worker("d")))
    assert [cell.name for cell in cells_below(Cell(root))] == ["root", "a", "g", "b", "c", "d"]


def test_unattended_are_all_mailboxes_below() -> None:
    stage = Stage()
    boxes = [Mailbox[int](name, stage.switchboard) for name in "ab"]
    workers = tuple(stage.worker(box.name, inbox=box) for box in boxes)
    unattend(Cell(Group("root", (workers[0], Group("g", (workers[1],)), stage.worker("no-box")))))
    assert [box.attended for box in boxes] == [False, False]
