"""The table of kinds."""

import json
import os
import re
from pathlib import Path

import pytest

from trader247.venues.simulated.faults.kinds import KINDS, REQUIRED, is_count, is_number
from trader247.venues.simulated.faults.plan import Kind, Point
from trader247.venues.simulated.faults.plan_file import read_plan

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "fault-plans.md"
BEGIN = "<!-- kinds: made from the table in the code by tests/venues/simulated/faults/test_kinds.py -->"
END = "<!-- end of kinds -->"


def test_every_kind_has_its_row_and_every_point_a_kind() -> None:
    assert list(KINDS) == list(Kind)
    assert {point for rule in KINDS.values() for point in rule.points} == set(Point)


def test_every_row_and_argument_explains_itself_and_every_default_is_allowed() -> None:
    for kind, rule in KINDS.items():
        assert rule.meaning, kind
        for name, argument in rule.arguments.items():
            assert argument.meaning, (kind, name)
            assert argument.default is REQUIRED or not argument.check(argument.default), (kind, name)


@pytest.mark.parametrize("value", [True, "1", None, float("inf"), float("nan"), [1]])
def test_what_is_no_number_is_none(value: object) -> None:
    assert not is_number(value)
    assert not is_count(value)


@pytest.mark.parametrize("value", [0, -1, 1.5, 2_000_000_000])
def test_a_count_is_whole_and_bounded(value: float) -> None:
    assert is_number(value)
    assert not is_count(value)


def _table() -> str:
    lines = ["| kind | on | what happens | arguments |", "|---|---|---|---|"]
    for kind, rule in KINDS.items():
        arguments = "; ".join(
            f"`{name}`" + ("" if each.default is REQUIRED else f" ({json.dumps(each.default)})") + f": {each.meaning}"
            for name, each in rule.arguments.items()
        )
        lines.append(f"| `{kind}` | {', '.join(rule.points)} | {rule.meaning} | {arguments} |")
    return "\n".join(lines)


def test_the_reference_page_shows_this_table() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    made = f"{before}{BEGIN}\n{_table()}\n{END}{after}"
    if os.environ.get("TRADER247_WRITE_PAGES"):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made, (
        "docs/reference/fault-plans.md differs from the table: run this test with TRADER247_WRITE_PAGES=1"
    )


def test_the_plan_of_the_reference_page_can_be_read() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(read_plan(example).faults) == 7
