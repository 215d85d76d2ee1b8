"""A supervision tree as a snapshot shows it."""

from trader247.runtime.channels import MailboxGauge
from trader247.runtime.snapshot import Node


def worker(name: str, *, state: str = "up", restarts: int = 0, depth: int = 0, error: str | None = None) -> Node:
    return Node(
        name=name,
        kind="worker",
        strategy=None,
        state=state,
        due_s=1.5 if state == "restarting" else None,
        incarnation=restarts + 1,
        restarts=restarts,
        uptime_s=12.5 if state == "up" else None,
        mailbox=MailboxGauge(
            name=name,
            depth=depth,
            capacity=64,
            high_water=depth + 1,
            oldest_age_s=0.25 if depth else 0.0,
            accepted=100,
            taken=100 - depth,
            dropped=0,
            refused=0,
        ),
        busy_for_s=None,
        progress_age_s=0.1,
        last_error=error,
        last_exit=f"crash: {error}" if error else None,
    )


def group(name: str, *children: Node, strategy: str = "one_for_one") -> Node:
    return Node(
        name=name,
        kind="group",
        strategy=strategy,
        state="up",
        due_s=None,
        incarnation=1,
        restarts=0,
        uptime_s=12.5,
        mailbox=None,
        busy_for_s=None,
        progress_age_s=None,
        last_error=None,
        last_exit=None,
        children=children,
    )


def tree() -> Node:
    """Two groups; one worker of trading has been restarted and has messages waiting."""
    return group(
        "trader247",
        group("safety", worker("journal"), worker("permit_desk")),
        group(
            "trading",
            worker("market_feed", restarts=2, depth=3, error="ValueError: bad frame"),
            worker("cycle", state="restarting", restarts=1, error="ZeroDivisionError: 0"),
            strategy="rest_for_one",
        ),
    )
