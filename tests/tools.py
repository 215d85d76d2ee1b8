"""Programs that some tests need: found, or the test is skipped with the reason; in CI a missing one is a failure."""

import os
import shutil

import pytest

__all__ = ["needed"]


def needed(program: str, package: str) -> str:
    """The path of the program."""
    found = shutil.which(program)
    if found is None:
        reason = f"{program} is not installed (Debian package {package})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found
