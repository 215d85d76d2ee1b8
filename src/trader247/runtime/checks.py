"""What can be known to be wrong with a tree before it runs. All faults are named at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import isinf

from trader247.runtime.decisions import delay_s_max
from trader247.runtime.exits import ActorError
from trader247.runtime.specs import KILL_GRACE_S, Group, Limit, Worker

__all__ = ["BadTree", "check_tree", "escalation_s_max", "restarts_max", "stop_s_max"]


class BadTree(ActorError):
    """The tree would not do what it says; ``faults`` has one sentence for each reason."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def check_tree(root: Group) -> None:
    """Checks a tree.

    Raises:
        BadTree: with every fault found.
    """
    workers = [node for node in _nodes(root) if isinstance(node, Worker)]
    groups = [node for node in _nodes(root) if isinstance(node, Group)]
    faults = (
        *_names(root),
        *(fault for group in groups for fault in (*_escalation(group), *_stop_budget(group))),
        *_consumers(workers),
        *_circles(workers),
    )
    if faults:
        raise BadTree(faults)


def escalation_s_max(group: Group, limit: Limit) -> float:
    """Seconds until a child that always crashes at once has passed ``limit``, with the longest delays."""
    return sum(delay_s_max(group.backoff, failures) for failures in range(limit.restarts))


def stop_s_max(spec: Worker | Group) -> float:
    """Seconds that stopping it takes at worst: every child uses its whole grace and is cut."""
    if isinstance(spec, Worker):
        return spec.grace + KILL_GRACE_S
    return sum(map(stop_s_max, spec.children))


def restarts_max(group: Group) -> int:
    """Restarts of one leaf within the fast windows before everything above gave up: they multiply per level."""
    below = max((restarts_max(child) for child in group.children if isinstance(child, Group)), default=0)
    return (group.limits[0].restarts + 1) * (below + 1) - 1


def _nodes(spec: Worker | Group) -> Iterator[Worker | Group]:
    yield spec
    if isinstance(spec, Group):
        for child in spec.children:
            yield from _nodes(child)


def _names(root: Group) -> Iterator[str]:
    for name, count in Counter(node.name for node in _nodes(root)).items():
        if count > 1:
            yield f"name {name} is used {count} times: give each worker and group its own"


def _escalation(group: Group) -> Iterator[str]:
    for limit in group.limits:
        needs_s = escalation_s_max(group, limit)
        if needs_s >= limit.per:
            yield (
                f"group {group.name} can never give up by {limit}: its backoff alone takes {needs_s:g} s for them; "
                f"shorten base ({group.backoff.base:g} s) or cap ({group.backoff.cap:g} s), or widen the window"
            )


def _stop_budget(group: Group) -> Iterator[str]:
    if group.stop_within is None:
        return
    needs_s = stop_s_max(group)
    if isinf(needs_s) or needs_s > group.stop_within:
        yield (
            f"group {group.name} may take {needs_s:g} s to stop, {group.stop_within:g} s are allowed: "
            f"shorten the grace of its workers (each costs {KILL_GRACE_S:g} s more)"
        )


def _consumers(workers: list[Worker]) -> Iterator[str]:
    consumers: dict[int, list[Worker]] = {}
    for worker in workers:
        if worker.inbox is not None:
            consumers.setdefault(id(worker.inbox), []).append(worker)
    for several in consumers.values():
        if len(several) > 1 and several[0].inbox is not None:
            names = ", ".join(worker.name for worker in several)
            yield f"mailbox {several[0].inbox.name} is consumed by {names}: give each its own and send to both"


def _circles(workers: list[Worker]) -> Iterator[str]:
    """Depth-first search over "waits for a mailbox that is consumed by"."""
    consumer = {id(worker.inbox): worker.name for worker in workers if worker.inbox is not None}
    waits = {worker.name: [consumer[id(box)] for box in worker.waits_on if id(box) in consumer] for worker in workers}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> Iterator[str]:
        if name in path:
            circle = " -> ".join((*path[path.index(name) :], name))
            yield f"waiting sends form a circle: {circle}; let one of them post instead"
        elif name not in done:
            for following in waits[name]:
                yield from visit(following, (*path, name))
            done.add(name)

    for worker in workers:
        yield from visit(worker.name, ())
