"""A strategy in a process of its own, as its keeper sees it: asked, believed as little as any other, put out at last.

Whatever the process does wrong is a *breach*: no answer in time, a crash, an error, memory, garbage. It costs the
process its life and the strategy its word in this cycle, and the cycle is told at once, so that it waits for nobody. A
new process follows. With ``quarantine_after`` breaches within ``quarantine_window_s`` none follows any more: the
strategy is quarantined, and says so in every cycle, until an operator changes its terms or starts the daemon anew.

What is answered is held to the very checks of a strategy inside the daemon (``StrategyWorker``).
"""

from collections.abc import Sequence

from attrs import Factory, define, frozen

from trader247.core.strategy_worker import BREAKER_OPEN, StrategyWorker
from trader247.messages.control import AlertCleared, AlertRaised, Severity
from trader247.messages.trading import CycleContext, Deliberate, ProposalsMade, TradeProposal
from trader247.messages.worker_wire import Answer, printable
from trader247.model.ids import AlertKey, StrategyName
from trader247.model.instant import SECOND, Moment, Mono
from trader247.model.policy_strategies import ProcessTerms

__all__ = [
    "AskProcess",
    "Conduct",
    "EndProcess",
    "ProcessAnswered",
    "ProcessIn",
    "ProcessLost",
    "ProcessOut",
    "ProcessSaid",
    "ProcessUp",
    "StartProcess",
    "StrategyProcess",
]


@define
class Conduct:
    """How one strategy behaved in this run. It outlives its actor: a crash elsewhere pardons nobody."""

    breaches: list[Mono] = Factory(list)
    in_a_row: int = 0
    quarantined: str = ""


# ------------------------------------------------------------------------------- between the decider and its own shell
@frozen
class ProcessUp:
    """The process runs and can be asked. ``loose``: the walls that this kernel does not put around it."""

    loose: tuple[str, ...] = ()


@frozen
class ProcessLost:
    """It did not start, or gave no answer that can be read; the text says what happened."""

    why: str


@frozen
class ProcessAnswered:
    """It answered something that can be read."""

    answer: Answer


@frozen
class StartProcess:
    """Request: end the present process if there is one, and start another, later the more ``failures`` there were."""

    failures: int


@frozen
class AskProcess:
    """Request: show it this snapshot."""

    context: CycleContext


@frozen
class EndProcess:
    """Request: end the process; no other follows."""


ProcessIn = Deliberate | ProcessUp | ProcessLost | ProcessAnswered
ProcessSaid = ProposalsMade | AlertRaised | AlertCleared
ProcessOut = ProcessSaid | StartProcess | AskProcess | EndProcess


@frozen
class _Told:
    """What the process answered, in the place of a strategy."""

    name: StrategyName
    proposals: Sequence[TradeProposal]

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        return list(self.proposals)


class StrategyProcess:
    """The decider. One message at a time: while the process works nothing else is heard."""

    ready = True

    def __init__(self, name: StrategyName, *, enabled: bool, terms: ProcessTerms, conduct: Conduct) -> None:
        """A disabled strategy has no process."""
        self._name = name
        self._enabled = enabled
        self._terms = terms
        self._conduct = conduct
        self._key = AlertKey(f"strategy_process:{name}")
        self._asked: CycleContext | None = None
        self._up = False
        self._warned = False

    def start(self, now: Moment) -> list[ProcessOut]:
        """A process for a strategy that may have one; an alert that no longer holds is taken back."""
        if self._conduct.quarantined and self._enabled:
            return [self._alert(Severity.CRITICAL, self._conduct.quarantined)]
        return [AlertCleared(self._key), *([StartProcess(0)] if self._enabled else [])]

    def handle(self, message: ProcessIn, now: Moment) -> list[ProcessOut]:
        """What follows from one message."""
        match message:
            case Deliberate(context, held_back):
                if self._enabled and self._name in held_back and not self._conduct.quarantined:
                    return [self._skipped(context, BREAKER_OPEN)]
                return self._deliberate(context)
            case ProcessUp(loose):
                self._up = True
                return self._say_loose(loose)
            case ProcessAnswered(answer):
                return self._answered(answer, now)
            case ProcessLost(why):
                return self._breach(why, now)

    def _deliberate(self, context: CycleContext) -> list[ProcessOut]:
        if not self._enabled:
            return [self._skipped(context, "disabled")]
        if self._conduct.quarantined:
            return [self._skipped(context, self._conduct.quarantined)]
        if not self._up:
            return [self._skipped(context, "its process is about to be started again")]
        self._asked = context
        return [AskProcess(context)]

    def _answered(self, answer: Answer, now: Moment) -> list[ProcessOut]:
        context = self._asked
        if context is None or answer.cycle != context.cycle:
            asked = context.cycle if context is not None else "none"
            return self._breach(f"it answered cycle {printable(answer.cycle)}, asked was {asked}", now)
        if answer.error:
            return self._breach(f"it raised {printable(answer.error)}", now)
        worker = StrategyWorker(_Told(self._name, answer.proposals), enabled=True)
        try:
            made = worker.handle(Deliberate(context), now)
        except (TypeError, ValueError) as error:
            return self._breach(printable(str(error)), now)
        self._asked = None
        self._conduct.in_a_row = 0
        warned, self._warned = self._warned, False
        return [*made, *([AlertCleared(self._key)] if warned else [])]

    def _breach(self, why: str, now: Moment) -> list[ProcessOut]:
        """The cycle hears of it first: nobody waits while a process is being killed."""
        conduct, terms = self._conduct, self._terms
        since = now.mono - round(terms.quarantine_window_s * SECOND)
        conduct.breaches = [*(at for at in conduct.breaches if at > since), now.mono]
        conduct.in_a_row += 1
        self._up, self._warned = False, True
        context, self._asked = self._asked, None
        count, most = len(conduct.breaches), terms.quarantine_after
        if count < most:
            text = f"its process was killed ({count} of {most} before quarantine): {why}"
            out: list[ProcessOut] = [StartProcess(conduct.in_a_row - 1)]
            severity = Severity.WARNING
        else:
            many = f"{count} breaches" if count > 1 else "1 breach"
            text = conduct.quarantined = f"quarantined: {many}, the last: {why}"
            out = [EndProcess()]
            severity = Severity.CRITICAL
        told = [self._skipped(context, text)] if context is not None else []
        return [*told, self._alert(severity, text), *out]

    def _alert(self, severity: Severity, text: str) -> AlertRaised:
        return AlertRaised(self._key, severity, f"strategy {self._name}: {text}")

    def _skipped(self, context: CycleContext, why: str) -> ProposalsMade:
        quarantined = bool(self._conduct.quarantined) and self._enabled
        return ProposalsMade(context.cycle, self._name, (), skipped=why, quarantined=quarantined)

    def _say_loose(self, loose: tuple[str, ...]) -> list[ProcessOut]:
        if not loose:
            return []
        key = AlertKey(f"strategy_confinement:{self._name}")
        told = "; ".join(printable(reason) for reason in loose)
        return [AlertRaised(key, Severity.INFO, f"strategy {self._name}: {told}")]
