import os
from pathlib import Path

import pytest
from tests.config.loadable import SHIPPED, loaded, told, write

from trader247.config.folder import FILE_BYTES_MAX, folder_of, plain_secrets, shipped_folder, text_of
from trader247.config.schema import SECTIONS
from trader247.errors import ConfigurationInvalid
from trader247.model.mode import Mode

TOKEN = "3q2-7wX9fK1LmN8pQ5rS2tU4vW6xY0zAbCdEfGhIjKlMn"


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "app.yaml").write_bytes(b"mode: DRY_RUN\n\xff\n")
    (folder / "policy.yaml").write_text("#" * (FILE_BYTES_MAX + 1))
    (folder / "universe.yaml").unlink()
    os.mkfifo(folder / "universe.yaml")
    (folder / "signals.yaml").unlink()
    (folder / "signals.yaml").mkdir()
    assert told(folder) == [
        "app.yaml: line 2 is not UTF-8 text",
        f"policy.yaml: the file is larger than {FILE_BYTES_MAX} bytes; that is no configuration",
        "signals.yaml: is not a regular file",
        "universe.yaml: is not a regular file",
    ]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "app.yaml").write_bytes(b"\xef\xbb\xbfmode: PAPER\n")
    assert loaded(folder).configuration.app.mode is Mode.PAPER


def test_the_folder_is_the_given_one_else_the_local_one_else_the_shipped_one(tmp_path: Path) -> None:
    assert folder_of(tmp_path / "x", tmp_path) == tmp_path / "x"
    assert folder_of(None, tmp_path) == shipped_folder()
    (tmp_path / "config").mkdir()
    assert folder_of(None, tmp_path) == tmp_path / "config"


def test_a_pem_block_is_told_once(tmp_path: Path) -> None:
    block = f"# -----BEGIN PRIVATE KEY-----\n# {TOKEN}\n# {TOKEN}\n# -----END PRIVATE KEY-----\n# {TOKEN}\n"
    faults = told(write(tmp_path, policy=block))
    assert [fault.split(": ")[0] for fault in faults] == ["policy.yaml:1:1", "policy.yaml:5:1"]


@pytest.mark.req("SEC1")
@pytest.mark.parametrize("section", SECTIONS)
def test_the_shipped_files_hold_no_secret(section: str) -> None:
    assert list(plain_secrets((SHIPPED / f"{section}.yaml").read_text(), section, section)) == []


def test_a_missing_file_is_the_configurations_fault_and_nobody_elses(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="the file is missing"):
        text_of(tmp_path / "app.yaml")
