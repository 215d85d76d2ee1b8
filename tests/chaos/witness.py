"""The restless daemon with a witness at its gate: each permit that arrives and each order that leaves, in their order.

    python -m tests.chaos.witness supervise ...

A line each in the file ``WITNESS`` of the environment, written before anything follows from what it tells.
"""

import os
import runpy

from trader247.core.order_gateway import OrderGate
from trader247.messages.control import PermitRenewed
from trader247.messages.orders import PlaceOrder
from trader247.model.instant import Moment

PERMIT, LEFT = "permit", "left"


def _stand_at_the_gate(path: str) -> None:
    renew, refusal = OrderGate.renew, OrderGate.refusal
    out = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def renewing(self: OrderGate, permit: PermitRenewed) -> None:
        granted = [kind for kind, until in (("entry", permit.entry_until), ("exit", permit.exit_until)) if until]
        os.write(out, f"{PERMIT} {','.join(granted)}\n".encode())
        renew(self, permit)

    def refusing(self: OrderGate, request: PlaceOrder, *, halted: bool, now: Moment) -> str | None:
        why = refusal(self, request, halted=halted, now=now)
        if why is None:
            made = request.intent.created_at
            os.write(out, f"{LEFT} {request.intent.kind.value} {made} {request.intent.client_order_id}\n".encode())
        return why

    OrderGate.renew = renewing  # type: ignore[method-assign]
    OrderGate.refusal = refusing  # type: ignore[method-assign]


if __name__ == "__main__":
    _stand_at_the_gate(os.environ["WITNESS"])
    runpy.run_module("tests.crashes.restless_daemon", run_name="__main__")
