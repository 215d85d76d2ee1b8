"""Defects of what holds back: gates, halts, and the end of a run."""

from tests.mutants.mutant import Edit, Fault, Mutant, at
from tests.mutants.plans import PATIENT, STALE

__all__ = ["GUARDS"]

_KILL = (at(103.5, "operator", "kill_file", for_s=20.0),)
_MODE = (at(50, "market", "mode", symbol="*", mode="limit_only", for_s=160.0),)
_USER_SILENT: tuple[Fault, ...] = (
    {
        "layer": "stream",
        "kind": "stall",
        "at": {"point": "frame", "match": "user", "nth": 8},
        "for_s": 110.0,
        "scope": "connection",
    },
    *(
        {"layer": "stream", "kind": "refuse", "at": {"point": "connection", "nth": nth, "after_s": 5.0}}
        for nth in range(1, 60)
    ),
)

GUARDS: tuple[Mutant, ...] = (
    # ------------------------------------------------------------------------------------------------------- gates
    Mutant(
        "permit_not_checked",
        "orders leave without a permit",
        (
            Edit(
                "core/order_gateway.py",
                "        return why_not(request.intent.kind, mode=self._mode, halted=halted, permit=self._permit, now=now)\n",
                "        return None\n",
            ),
            Edit(
                "core/cycle.py",
                "        if self._permit.entry_until is None:\n",
                "        if self._permit.serial < 0:\n",
            ),
            Edit(
                "core/cycle.py",
                "        if now.mono >= self._permit.entry_until:\n",
                "        if self._permit.serial < 0:\n",
            ),
            Edit(
                "core/cycle.py",
                "        if self._permit.state is not TradingState.ACTIVE:\n",
                "        if self._permit.serial < 0:\n",
            ),
        ),
        (at(40, "operator", "pause"), at(200, "operator", "activate")),
    ),
    Mutant(
        "user_stream_ignored",
        "a user stream that is down closes nothing",
        (Edit("core/user_feed.py", "yes=self._up, reason", "yes=True, reason"),),
        _USER_SILENT,
    ),
    Mutant(
        "product_mode_ignored",
        "a product that is closed to entries is entered",
        (
            Edit(
                "core/rules_market.py",
                "    return None if admitted else RiskReason(",
                "    return None if admitted or view else RiskReason(",
            ),
            Edit(
                "core/universe.py", "        if not view.status.admits_entries:\n", "        if view.symbol is None:\n"
            ),
            Edit(
                "core/entry_desk.py",
                "        if not instrument.status.admits_entries:\n",
                "        if instrument.symbol is None:\n",
            ),
        ),
        _MODE,
    ),
    Mutant(
        "stale_quotes_believed",
        "a quote is good however old it is",
        (
            Edit("core/rules_market.py", "    if quote_s > limits.quote_s:\n", "    if quote_s > 1e9:\n"),
            Edit("core/rules_market.py", "    if bar_s > limits.bar_s:\n", "    if bar_s > 1e9:\n"),
            Edit("core/entry_desk.py", "        if age_s > age_s_max:\n", "        if age_s > 1e9:\n"),
            Edit("core/market_feed.py", "        if fresh == 0:\n", "        if not self._quotes:\n"),
        ),
        STALE,
        PATIENT,
    ),
    Mutant(
        "lease_never_expires",
        "a permit that nobody renews is good for ever",
        (
            Edit("core/permit.py", "    if now.mono >= until:\n", "    if until <= 0:\n"),
            Edit(
                "core/cycle.py",
                "        if now.mono >= self._permit.entry_until:\n",
                "        if self._permit.serial < 0:\n",
            ),
        ),
        (at(60, "actor", "hangs", actor="permit_desk", for_s=40.0),),
    ),
    Mutant(
        "vote_never_ages",
        "the last word of a guard that fell silent counts for ever",
        (Edit("core/permit.py", "        if age_s > self._terms.vote_max_age_s:\n", "        if age_s < 0:\n"),),
        (at(60, "actor", "hangs", actor="user_feed", for_s=40.0),),
    ),
    Mutant(
        "sick_journal_trades_on",
        "a journal that cannot write neither votes no nor halts",
        (
            Edit("core/permit.py", "        if age_s > self._terms.vote_max_age_s:\n", "        if age_s > 1e9:\n"),
            Edit(
                "actors/journal.py",
                '        self._halt.trip(f"the journal cannot write: {error}", JOURNAL)\n        self._desk.post(GuardVoted(Guard.JOURNAL, yes=False, reason=str(error)))\n',
                "        self._desk.post(GuardVoted(Guard.JOURNAL, yes=True, reason=str(error)))\n",
            ),
        ),
        # so short that the actor is restarted and writes again: what stays of the failure is the halt alone
        (at(60, "database", "failed", for_s=0.5), at(130, "database", "locked", for_s=0.5)),
    ),
    # ------------------------------------------------------------------------------------------------------- halts
    Mutant(
        "kill_file_ignored",
        "the kill file stops nothing",
        (
            Edit(
                "core/kill_switch.py",
                "if present and self._halted is None else []",
                "if present and self._halted else []",
            ),
        ),
        _KILL,
    ),
    Mutant(
        "kill_file_seen_late",
        "the kill file is looked at every ten seconds",
        (
            Edit(
                "actors/kill_switch.py",
                "            await self._until_look(self._poll_s)\n",
                "            await self._until_look(10)\n",
            ),
        ),
        _KILL,
    ),
    Mutant(
        "halt_cancels_nothing",
        "a halt leaves what works at the venue",
        (
            Edit(
                "core/order_manager.py",
                "                return [*self._cancel_working(reason, now), *self._flatten.end(",
                "                return [*self._flatten.end(",
            ),
            Edit(
                "core/order_books.py",
                "        stopped = None if order.intent.protects and not self.halted else self.stopped\n",
                '        stopped = "draining" if self.draining and not order.intent.protects else None\n',
            ),
        ),
        (
            at(1, "orders", "thin", symbol="*", for_s=230.0),
            *(at(seconds, "operator", "kill_file", for_s=9.0) for seconds in (62, 125, 188)),
        ),
        ("policy.execution.entry_ttl_s=60",),
    ),
    Mutant(
        "halt_lost_at_restart",
        "a halt is not remembered over a restart",
        (Edit("drivers/disk.py", "        record = load_halt(self.database)\n", "        record = None\n"),),
        (at(60, "operator", "halt"), at(70, "process", "crash")),
    ),
    Mutant(
        "halt_clears_itself",
        "a halt is over when its kill file is gone",
        (
            Edit(
                "core/kill_switch.py",
                "                self._file_present, self._file_text = present, text\n",
                "                self._file_present, self._file_text = present, text\n"
                "                if not present and self._halted is not None:\n"
                "                    return [ResumeOrders()]\n",
            ),
            Edit(
                "actors/kill_switch.py",
                "            if isinstance(message, TripHalt):\n",
                '            from trader247.messages.orders import ResumeOrders\n            if isinstance(message, ResumeOrders):\n                self._halt.clear("the file is gone", "kill_file")\n            if isinstance(message, TripHalt):\n',
            ),
        ),
        (at(60, "operator", "kill_file", for_s=15.0),),
    ),
    Mutant(
        "halt_half_cleared",
        "orders are meant again when the kill file is gone, while the latch is tripped and holds each of them back",
        (
            Edit(
                "core/kill_switch.py",
                "                self._file_present, self._file_text = present, text\n",
                "                self._file_present, self._file_text = present, text\n"
                "                if not present and self._halted is not None:\n"
                "                    return [ResumeOrders()]\n",
            ),
        ),
        (at(60, "operator", "kill_file", for_s=15.0),),
    ),
    Mutant(
        "halt_whispered",
        "a halt is told as INFO",
        (Edit("core/kill_switch.py", "AlertRaised(_KEY, Severity.CRITICAL,", "AlertRaised(_KEY, Severity.INFO,"),),
        _KILL,
    ),
    Mutant(
        "halt_not_written",
        "no row has the halt and its reason",
        (
            Edit(
                "drivers/routing.py",
                "        self.kill_switch.to(HaltTripped, journal, board)",
                "        self.kill_switch.to(HaltTripped, board)",
            ),
        ),
        _KILL,
    ),
    Mutant(
        "crash_loop_goes_on",
        "however often it dies, the next start trades",
        (Edit("drivers/disk.py", "CRASH_LOOP_STARTS: Final = 3\n", "CRASH_LOOP_STARTS: Final = 3_000\n"),),
        tuple(at(seconds, "process", "crash") for seconds in (40, 80, 120, 160)),
    ),
    # -------------------------------------------------------------------------------------------------- stop and end
    Mutant(
        "shutdown_forgets_an_order",
        "a drain does not wait for what still works",
        (
            Edit(
                "core/order_manager.py",
                "        if any(self._books.must_end(order) or not order.at_rest for order in left) or self._protection.missing(now):\n            return []\n",
                "",
            ),
            Edit(
                "core/order_manager.py",
                "                self._books.draining = True\n                return self._cancel_working(",
                "                self._books.draining = True\n                return self._drained(now) or self._cancel_working(",
            ),
        ),
        # prices rise away from entries that rest, and stay there, so that they rest at the drain a minute later
        (at(1.3, "market", "crash", symbol="*", factor=1.02),),
        ("policy.execution.entry_ttl_s=300",),
        minutes=0.1,
    ),
    Mutant(
        "cancel_never_sent",
        "a cancel is written down and does not leave",
        (
            Edit(
                "actors/order_gateway.py",
                "            answers = await self._venue.cancel(cancel.orders)\n",
                "            answers = ()\n",
            ),
        ),
        (at(1, "orders", "thin", symbol="*", for_s=230.0),),
    ),
)
