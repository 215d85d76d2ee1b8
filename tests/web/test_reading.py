"""What the readers of the face share."""

import json

import pytest
from attrs import evolve
from starlette.requests import Request
from tests.face_samples import SECRET, face
from tests.tree_samples import group, worker

from trader247.store.faults import StoreError
from trader247.web.reading import explain, json_answer, picture, refused


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


async def test_a_journal_that_cannot_be_read_and_one_that_is_not_there_are_told_apart() -> None:
    request = Request({"type": "http", "path_params": {"id": "v1"}, "headers": []})
    made, _ = face()
    made.history.failure = StoreError(f"the disk says {SECRET}")  # type: ignore[union-attr]
    failed = await explain(made, request)
    assert (failed.status_code, json.loads(bytes(failed.body))["error"]["code"]) == (422, "failed")
    assert (await explain(evolve(made, history=None), request)).status_code == 404


def test_answers_are_kept_by_no_cache_and_errors_have_one_shape() -> None:
    assert json_answer({}).headers["cache-control"] == "no-store"
    answer = refused(409, "refused", "not now")
    assert (answer.status_code, json.loads(bytes(answer.body))) == (
        409,
        {"error": {"code": "refused", "text": "not now"}},
    )
