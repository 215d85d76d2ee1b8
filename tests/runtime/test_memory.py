"""The kernel's count of our memory."""

from pathlib import Path

import pytest

from trader247.runtime.memory import STATUS, resident_mb


@pytest.mark.fault("PR-07")
@pytest.mark.parametrize(
    ("text", "mb"),
    [
        ("Name:\tpython\nVmPeak:\t  999999 kB\nVmRSS:\t  204800 kB\nThreads:\t3\n", 200),
        ("VmRSS:\t  1023 kB\n", 0),
        ("Name:\tzombie\n", 0),
    ],
)
def test_the_resident_set_is_read_in_mebibytes(tmp_path: Path, text: str, mb: int) -> None:
    status = tmp_path / "status"
    status.write_text(text)
    assert resident_mb(status) == mb


def test_a_system_that_does_not_tell_is_not_watched(tmp_path: Path) -> None:
    assert resident_mb(tmp_path / "absent") == 0


@pytest.mark.skipif(not STATUS.exists(), reason="no /proc here")
def test_this_process_takes_some() -> None:
    assert 5 < resident_mb() < 10_000
