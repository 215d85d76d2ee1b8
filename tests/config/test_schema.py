from typing import Any

import pytest
from attrs import evolve, fields, has

from trader247.config.schema import SECTIONS, App, Configuration, VenueKind
from trader247.model.mode import Mode
from trader247.model.policy_terms import plain_type, term_of


@pytest.mark.req("M1")
def test_a_silent_configuration_decides_and_sends_nothing() -> None:
    app = Configuration().app
    assert (app.mode, app.read_only, app.venue.kind) == (Mode.DRY_RUN, True, VenueKind.EMBEDDED)


def test_a_silent_configuration_has_no_strategy() -> None:
    assert Configuration().strategies == {}


def test_the_web_face_is_for_this_machine_alone_unless_told_otherwise() -> None:
    assert (App().web.host, App().web.port, App().web.token) == ("127.0.0.1", 9247, None)


def test_the_sections_are_the_five_files() -> None:
    assert tuple(attribute.name for attribute in fields(Configuration)) == SECTIONS


def _leaves(wanted: Any, path: str) -> list[tuple[str, Any]]:
    found = []
    for attribute in fields(wanted):
        kind = plain_type(attribute)
        here = f"{path}.{attribute.name}"
        found.extend(_leaves(kind, here) if has(kind) else [(here, attribute)])
    return found


@pytest.mark.parametrize(("path", "attribute"), _leaves(Configuration, "configuration"))
def test_every_key_of_every_file_says_why_it_exists(path: str, attribute: Any) -> None:
    term = term_of(attribute)
    assert term is not None, path
    assert term.why.endswith("."), path


def test_bounds_hold_for_values_made_in_code_too() -> None:
    with pytest.raises(ValueError, match="shutdown_deadline_s: 300 is unsafe"):
        evolve(App(), shutdown_deadline_s=300)
