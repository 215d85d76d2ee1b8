"""What the readers of the face share."""

import json

import pytest
from tests.face_samples import SECRET, face
from tests.tree_samples import group, worker

from trader247.web.reading import json_answer, picture, refused


def test_the_picture_survives_json_unchanged_and_is_small_enough_to_send_each_second() -> None:
    made, _ = face(chaos=True)
    shown = picture(made)
    encoded = json.dumps(shown)
    assert json.loads(encoded) == shown
    assert len(encoded) < 64_000
    assert shown["chaos"] is True


@pytest.mark.req("SEC1")
def test_the_picture_shows_no_secret() -> None:
    made, control = face()
    control.node = group("root", worker("feed", error=f"token {SECRET}"))
    assert SECRET not in json.dumps(picture(made))


def test_answers_are_kept_by_no_cache_and_errors_have_one_shape() -> None:
    assert json_answer({}).headers["cache-control"] == "no-store"
    answer = refused(409, "refused", "not now")
    assert (answer.status_code, json.loads(bytes(answer.body))) == (
        409,
        {"error": {"code": "refused", "text": "not now"}},
    )
