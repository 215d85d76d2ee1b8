"""Judges a history by every invariant that one history can show, and says where the others are shown."""

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from trader247.checker import alerts, audit, bounds, clock, ends, gates, halting, identity, money, recovery, wire
from trader247.checker.evidence import Evidence
from trader247.checker.invariant import Invariant, Violation

__all__ = ["INVARIANTS", "NOT_FROM_ONE_HISTORY", "Report", "check"]

INVARIANTS: Final[tuple[Invariant, ...]] = (
    identity.one_order_per_intent,
    identity.one_id_per_intent,
    money.positions_are_their_fills,
    money.fills_once,
    ends.only_forward,
    identity.attributable,
    money.cash_conserved,
    money.fees_and_profit,
    money.never_short,
    wire.written_first,
    wire.valid,
    wire.inside_every_cap,
    gates.nothing_leaves_a_closed_gate,
    wire.proposals_bounded,
    wire.mode_holds,
    halting.live_needs_its_gates,
    halting.no_trading_on_a_sick_store,
    wire.rates,
    wire.bounded_retries,
    halting.kill_acts_in_time,
    halting.halt_is_latched,
    halting.halt_reaches_every_order,
    ends.reach_an_end,
    ends.given_up_by_evidence,
    ends.late_orders_taken_up,
    audit.chain_holds,
    audit.everything_explained,
    audit.no_secret,
    audit.rows_are_stamped,
    recovery.books_are_the_venues,
    recovery.recovery_repeats_nothing,
    recovery.no_fill_lost,
    recovery.one_writer,
    gates.nothing_old_after_a_pause,
    recovery.crash_loop_halts,
    alerts.told_in_time,
    alerts.orders_wait_for_no_alert,
    recovery.back_to_work,
    bounds.bounded,
    clock.durations_are_durations,
    clock.cooldowns_hold,
    halting.no_flapping,
)

NOT_FROM_ONE_HISTORY: Final[Mapping[str, tuple[str, str]]] = {
    "I-36": (
        "A strategy that falls changes nothing in the orders of the others: two histories, pairs.contained.",
        "tests/checker/test_pairs.py",
    ),
    "I-37": (
        "The same seed makes the same history, to the byte: two histories, pairs.same_history.",
        "tests/drivers/test_simulate.py",
    ),
    "I-42": (
        "A decision cycle takes at most 1 s in 95 of 100 cases, on the real clock: a benchmark.",
        "benchmarks/decision_cycle.py",
    ),
    "I-46": (
        "Whatever the daemon checks before it sends, the venue checks again, in code of its own.",
        "tests/venues/simulated/test_admission.py",
    ),
}
"""Why one history cannot show it, and the file that does."""


@frozen
class Report:
    """What was found; ``checked`` is how many facts each invariant had to look at: 0 means that nothing was shown."""

    violations: Sequence[Violation]
    checked: Mapping[str, int]

    @property
    def broken(self) -> list[str]:
        """The numbers of the broken invariants, each once."""
        return sorted({found.invariant for found in self.violations})


def check(evidence: Evidence) -> Report:
    """Every violation of every invariant, in the order of their numbers. The same evidence gives the same report."""
    found = [violation for each in INVARIANTS for violation in each(evidence)]
    return Report(found, {each.number: each.facts(evidence) for each in INVARIANTS})
