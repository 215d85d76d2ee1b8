"""A command with a key takes effect once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import evolve
from tests.face_samples import SECRET, TOKEN, NotedControl, SetClock, face

from trader247.drivers.once_desk import OnceDesk
from trader247.model.ids import RunEpoch
from trader247.runtime.offload import InlineOffload
from trader247.store.database import Database, open_database
from trader247.store.faults import StorageFailed
from trader247.store.once import SqlOnceGuard
from trader247.web.ports import Face
from trader247.web.routes import make_app

pytestmark = pytest.mark.req("SE1", "WEB1")

SENT = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "trader247.db") as opened:
        yield opened


def guarded(database: Database, run: str = "0123456789") -> tuple[Face, NotedControl]:
    """A face of a run on this database."""
    made, control = face()
    desk = OnceDesk(SqlOnceGuard(database), RunEpoch(run), SetClock(), InlineOffload())
    return evolve(made, once=desk), control


async def post(made: Face, path: str, reason: str, key: str | None) -> httpx.Response:
    app = make_app(made)
    headers = SENT if key is None else {**SENT, "Idempotency-Key": key}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9247") as http:
        return await http.post(f"/api/v1/{path}", json={"reason": reason}, headers=headers)


def code(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("path", ["pause", "activate", "resume", "reload", "flatten"])
async def test_the_second_time_the_first_answer_is_given_and_nothing_is_done(database: Database, path: str) -> None:
    made, control = guarded(database)
    first = await post(made, path, "calmer", "k1")
    again = await post(made, path, "calmer", "k1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["cache-control"] == "no-store"
    assert len(control.told) == 1
    await post(made, path, "calmer", "k2")
    assert len(control.told) == 2


async def test_a_restart_does_not_do_it_again(database: Database) -> None:
    made, _ = guarded(database)
    first = await post(made, "pause", "calmer", "k1")
    later, control = guarded(database, "9876543210")
    assert (await post(later, "pause", "calmer", "k1")).json() == first.json()
    assert control.told == []


async def test_without_a_key_every_request_is_its_own(database: Database) -> None:
    made, control = guarded(database)
    for _ in range(2):
        assert (await post(made, "pause", "calmer", None)).status_code == 200
    assert len(control.told) == 2


async def test_a_halt_never_waits_for_the_disk_and_takes_no_key(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, control = guarded(database)
    monkeypatch.setattr(SqlOnceGuard, "claim", _fails)
    for _ in range(2):
        assert (await post(made, "halt", "stop", "k1")).status_code == 200
    assert len(control.told) == 2
    assert code(await post(made, "pause", "calmer", "k1")) == (422, "failed")
    assert len(control.told) == 2


def _fails(*_: object) -> None:
    raise StorageFailed("the disk is gone")


async def test_a_key_stands_for_one_command_and_one_content(database: Database) -> None:
    made, control = guarded(database)
    await post(made, "pause", "calmer", "k1")
    assert code(await post(made, "pause", "something else", "k1")) == (422, "key_reused")
    assert (await post(made, "activate", "calmer", "k1")).status_code == 200
    assert [told[0] for told in control.told] == ["REDUCING", "ACTIVE"]


async def test_what_was_refused_did_not_happen_and_may_be_tried_again_with_its_key(database: Database) -> None:
    made, control = guarded(database)
    control.refusal = "the kill file is still there"
    assert code(await post(made, "resume", "over", "k1")) == (409, "refused")
    control.refusal = ""
    assert (await post(made, "resume", "over", "k1")).status_code == 200
    assert len(control.told) == 1


async def test_a_run_that_ended_before_it_knew_leaves_a_doubt_and_no_second_command(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, control = guarded(database)
    monkeypatch.setattr(SqlOnceGuard, "finish", _fails)
    assert (await post(made, "pause", "calmer", "k1")).status_code == 200
    assert code(await post(made, "pause", "calmer", "k1")) == (409, "in_progress")
    assert len(control.told) == 1
    later, control = guarded(database, "9876543210")
    assert code(await post(later, "pause", "calmer", "k1")) == (409, "in_doubt")
    assert control.told == []


@pytest.mark.parametrize("key", ["", "two words", "x" * 201])
async def test_a_key_that_is_none_is_refused(database: Database, key: str) -> None:
    made, control = guarded(database)
    assert code(await post(made, "pause", "calmer", key)) == (400, "bad_key")
    assert control.told == []


@pytest.mark.req("SEC1")
async def test_no_secret_is_kept(database: Database) -> None:
    made, _ = guarded(database)
    assert (await post(made, "pause", f"because {SECRET}", "k1")).status_code == 200
    assert SECRET not in (await post(made, "pause", f"because {SECRET}", "k1")).text
    with database.transaction() as connection:
        assert SECRET not in str(connection.exec_driver_sql("SELECT * FROM once").all())
