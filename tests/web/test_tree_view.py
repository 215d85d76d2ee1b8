"""The tree and the dead letters as JSON."""

import json

from tests.board_samples import at
from tests.tree_samples import tree

from trader247.runtime.channels import Envelope
from trader247.runtime.dead_letters import DeadLetter
from trader247.web.tree_view import letter_view, tree_view


def test_the_tree_survives_json_unchanged() -> None:
    shown = tree_view(tree())
    assert json.loads(json.dumps(shown)) == shown
    assert [child["name"] for child in shown["children"]] == ["safety", "trading"]
    assert shown["children"][1]["children"][1]["due_s"] == 1.5


def test_a_dead_letter_shows_what_it_was_and_not_what_was_in_it() -> None:
    envelope = Envelope(7, at(1), None, "the content stays inside")
    shown = letter_view(DeadLetter("cycle", "cycle", envelope, "crash: ZeroDivisionError", "Traceback ...", at(2)))
    assert shown["message"] == "str"
    assert shown["seq"] == 7
    assert "content" not in json.dumps(shown)
    assert "Traceback" not in json.dumps(shown)
