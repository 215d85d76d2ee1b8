"""OTP's supervisor as a table-top model: no time, no tasks, one action at a time, after ``supervisor.erl``.

Written from the rules, not from the code under test, and sharing nothing with it. ``test_otp.py`` holds it against
what OTP itself was recorded to do.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define

__all__ = ["Child", "Model"]


@define
class Child:
    """A child specification and its process: ``up`` or ``undefined``."""

    name: str
    restart: str
    up: bool = False
    lives: int = 0


class Model:
    """``fails(name, life)`` says whether that life's ``init`` fails. ``trace`` has every begin and every stop."""

    def __init__(
        self, strategy: str, intensity: int, children: list[tuple[str, str]], fails: Callable[[str, int], bool]
    ) -> None:
        self.strategy = strategy
        self.intensity = intensity
        self.children = [Child(name, restart) for name, restart in children]
        self.fails = fails
        self.restarts = 0  # the period is longer than any scenario
        self.alive = True
        self.lives_of: dict[str, int] = {}
        self.trace: list[tuple[str, str]] = []
        if not self._start(self.children):
            self.alive = False
            self._stop(self.children, forget=False)

    # -------------------------------------------------------------------------------------------------------- handlers
    def exits(self, name: str, reason: str) -> None:
        """A child's process died of ``reason``."""
        child = self._find(name)
        if child is None or not child.up:
            return
        child.up = False
        abnormal = reason not in {"normal", "shutdown"}
        if child.restart == "permanent" or (child.restart == "transient" and abnormal):
            self._restart(child)
        elif child.restart == "temporary":
            self.children.remove(child)

    def terminate(self, name: str) -> str:
        if (child := self._find(name)) is None:
            return "not_found"
        self._stop([child], forget=True)
        return "ok"

    def restart(self, name: str) -> str:
        if (child := self._find(name)) is None:
            return "not_found"
        if child.up:
            return "running"
        return "ok" if self._start([child]) else "failed"

    def delete(self, name: str) -> str:
        if (child := self._find(name)) is None:
            return "not_found"
        if child.up:
            return "running"
        self.children.remove(child)
        return "ok"

    def start(self, name: str, restart: str) -> str:
        if (child := self._find(name)) is not None:
            return "already_started" if child.up else "already_present"
        child = Child(name, restart, lives=self._past(name))
        if not self._start([child]):
            return "failed"
        self.children.append(child)
        return "ok"

    def down(self) -> None:
        """The supervisor itself is told to stop."""
        self.alive = False
        self._stop(self.children, forget=False)

    # ----------------------------------------------------------------------------------------------------------- rules
    def _restart(self, child: Child) -> None:
        while True:
            self.restarts += 1
            if self.restarts > self.intensity:
                self.down()
                return
            position = self.children.index(child)
            match self.strategy:
                case "one_for_one":
                    affected = [child]
                case "rest_for_one":
                    affected = self.children[position:]
                case _:
                    affected = list(self.children)
            self._stop(affected, forget=True)
            affected = [other for other in affected if other in self.children]
            if self._start(affected):
                return
            child = next(other for other in affected if not other.up)

    def _start(self, children: list[Child]) -> bool:
        for child in children:
            child.lives += 1
            self.lives_of[child.name] = child.lives
            self.trace.append(("begin", child.name))
            if self.fails(child.name, child.lives):
                return False
            child.up = True
        return True

    def _stop(self, children: list[Child], *, forget: bool) -> None:
        for child in reversed(list(children)):
            if child.up:
                self.trace.append(("stop", child.name))
                child.up = False
            if forget and child.restart == "temporary":
                self.children.remove(child)

    def _find(self, name: str) -> Child | None:
        return next((child for child in self.children if child.name == name), None)

    def _past(self, name: str) -> int:
        return self.lives_of.get(name, 0)

    def view(self) -> dict[str, bool] | None:
        """Which children there are, in order, and which are up; None once the supervisor is gone."""
        return {child.name: child.up for child in self.children} if self.alive else None
