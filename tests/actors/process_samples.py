"""The processes of a daemon, with the strategies of ``misbehaving`` in place of its own."""

from pathlib import Path
from typing import Final

import trader247
from trader247.actors.strategy_process import Processes
from trader247.ports import Offload

ENTRY: Final = "tests.actors.misbehaving:main"
ROOTS: Final = (str(Path(trader247.__file__ or "").parent.parent), str(Path(__file__).parent.parent.parent))


def processes(offload: Offload) -> Processes:
    return Processes(offload, ENTRY, roots=ROOTS)
