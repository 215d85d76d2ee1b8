"""A folder of configuration files to break, one line at a time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from trader247.config.faults import ConfigurationFaults
from trader247.config.loading import Loaded, load
from trader247.config.schema import SECTIONS

SHIPPED = Path(__file__).parents[2] / "config"


def write(folder: Path, **files: str) -> Path:
    """Five files: the given texts, the others empty."""
    folder.mkdir(exist_ok=True)
    for section in SECTIONS:
        (folder / f"{section}.yaml").write_text(files.get(section, ""), encoding="utf-8")
    return folder


def loaded(folder: Path, environ: Mapping[str, str] | None = None, *overrides: str, **options: Any) -> Loaded:
    return load(folder, environ=environ or {}, overrides=overrides, **options)


def told(folder: Path, environ: Mapping[str, str] | None = None, *overrides: str, **options: Any) -> list[str]:
    """The faults as lines, without the folder's own path."""
    with pytest.raises(ConfigurationFaults) as caught:
        loaded(folder, environ, *overrides, **options)
    return [str(fault).replace(f"{folder}/", "") for fault in caught.value.faults]
