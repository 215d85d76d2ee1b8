import base64
import os
import pickle
import random
import tomllib
from pathlib import Path

import pytest

from trader247.config.secrets import (
    SECRET_BYTES_MAX,
    Secret,
    SecretReference,
    Source,
    likeness,
    read_secret,
    reference_of,
)
from trader247.errors import ConfigurationInvalid

VALUE = "correct-horse-battery-staple"


def key_file(folder: Path, mode: int = 0o600, text: str = VALUE + "\n") -> Path:
    path = folder / "key"
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("text", ["env:KEY", "file:/etc/key.json", "file:keys/a b.json", "cred:coinbase.json"])
def test_a_reference_prints_as_it_was_written(text: str) -> None:
    assert str(reference_of(text)) == text


@pytest.mark.req("SEC1")
@pytest.mark.parametrize(
    "text",
    ["", VALUE, "env", "env:", "env:1A", "env:A-B", "ENV:A", "cred:../x", "cred:a/b", "cred:.x", "vault:x", "file:"],
)
def test_what_is_no_reference_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="env:NAME, file:PATH or cred:NAME") as caught:
        reference_of(text)
    assert VALUE not in str(caught.value)


@pytest.mark.req("SEC1")
def test_a_secret_shows_itself_to_nobody_who_does_not_ask_for_it() -> None:
    secret = Secret(VALUE)
    assert secret.reveal() == VALUE
    assert {str(secret), repr(secret), f"{secret}", f"{secret:>9}", "%s" % secret} == {"***"}  # noqa: UP031
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)


def test_a_secret_is_read_from_the_environment() -> None:
    assert read_secret(reference_of("env:KEY"), {"KEY": VALUE}).reveal() == VALUE


def test_a_secret_is_read_from_a_file_of_ours_without_its_final_line_break(tmp_path: Path) -> None:
    assert read_secret(reference_of(f"file:{key_file(tmp_path)}"), {}).reveal() == VALUE


def test_a_secret_is_read_from_the_credentials_folder(tmp_path: Path) -> None:
    key_file(tmp_path, 0o440)
    assert read_secret(reference_of("cred:key"), {"CREDENTIALS_DIRECTORY": str(tmp_path)}).reveal() == VALUE


@pytest.mark.req("SEC1")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigurationInvalid, match="others may use the file"):
        read_secret(reference_of(f"file:{key_file(tmp_path, mode)}"), {})


@pytest.mark.req("SEC1")
def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(key_file(tmp_path))
    with pytest.raises(ConfigurationInvalid, match="no symbolic link"):
        read_secret(reference_of(f"file:{link}"), {})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = key_file(tmp_path)
    os.chown(path, 12345, -1)
    with pytest.raises(ConfigurationInvalid, match="belongs to user 12345"):
        read_secret(reference_of(f"file:{path}"), {})


def test_a_pipe_in_the_place_of_a_file_does_not_hang_the_start(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(ConfigurationInvalid, match="not a regular file"):
        read_secret(reference_of(f"file:{tmp_path}/pipe"), {})


@pytest.mark.parametrize(
    ("reference", "environ", "match"),
    [
        ("env:KEY", {}, "not set or empty"),
        ("env:KEY", {"KEY": ""}, "not set or empty"),
        ("env:KEY", {"KEY": " \n"}, "it is empty"),
        ("file:/nowhere/key", {}, "cannot open the file"),
        ("cred:key", {}, "LoadCredential"),
        ("cred:key", {"CREDENTIALS_DIRECTORY": "/nowhere"}, "cannot open the file"),
    ],
)
def test_a_secret_that_is_not_there_names_its_reference(reference: str, environ: dict[str, str], match: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=match) as caught:
        read_secret(reference_of(reference), environ)
    assert reference in str(caught.value)


def test_a_file_too_large_or_not_text_is_refused(tmp_path: Path) -> None:
    path = key_file(tmp_path, text="x" * (SECRET_BYTES_MAX + 1))
    with pytest.raises(ConfigurationInvalid, match="larger than"):
        read_secret(SecretReference(Source.FILE, str(path)), {})
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationInvalid, match="not UTF-8"):
        read_secret(SecretReference(Source.FILE, str(path)), {})


@pytest.mark.req("SEC1")
@pytest.mark.parametrize("seed", range(40))
def test_random_tokens_are_recognised_in_every_usual_form(seed: int) -> None:
    raw = random.Random(seed).randbytes(32 + seed % 33)
    assert likeness(raw.hex()) is not None
    assert likeness(f"key: {raw.hex()} # mine") is not None
    assert likeness(base64.urlsafe_b64encode(raw).decode()) is not None
    assert likeness(f"token = '{base64.b64encode(raw).decode()}'") is not None


@pytest.mark.req("SEC1")
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-----BEGIN EC PRIVATE KEY-----\\nMHc", "a PEM block"),
        ("-----BEGIN PRIVATE KEY-----", "a PEM block"),
        ("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJvcmcifQ.x", "a signed token"),
        ("postgresql://me:hunter2@db/trader", "a URL with a password"),
    ],
)
def test_the_usual_shapes_of_a_secret_are_named(text: str, kind: str) -> None:
    assert likeness(text) == kind


def test_ordinary_values_are_not_taken_for_secrets() -> None:
    harmless = [
        "env:TRADER247_COINBASE_API_KEY_FILE_OF_THE_ACCOUNT",
        "file:/srv/alice/projects/Trading/2026/configuration/keys/coinbase.json",
        "wss://advanced-trade-ws.coinbase.com",
        "postgresql+psycopg://trader247@db.internal:5432/trader247",
        "# ----------------------------------------------------------------- limits",
        "8f14e45f-ceea-467f-a8e2-52d1f3a5a1b7",
        "A very long sentence about risk, with 15 percent and other numbers such as 123456789.",
        "max_triggers_per_cycle_and_other_long_names_with_underscores: 10",
    ]
    assert [text for text in harmless if likeness(text)] == []


def test_the_projects_own_settings_are_not_taken_for_secrets() -> None:
    settings = Path(__file__).parents[2] / "pyproject.toml"
    assert tomllib.loads(settings.read_text())
    assert [line for line in settings.read_text().splitlines() if likeness(line)] == []
