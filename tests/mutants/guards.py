"""Defects of what holds back and of what is told: caps, gates, halts, alerts, the clock, the journal."""

from tests.mutants.mutant import Edit, Fault, Mutant, at, call

__all__ = ["GUARDS"]

_TIGHT = ("policy.caps.total_pct=1.2", "policy.caps.per_theme_pct=1.2", "policy.caps.per_asset_pct=1.2")
_KILL = (at(103.5, "operator", "kill_file", for_s=20.0),)
_PARTITION = (at(60, "network", "partition", for_s=150.0),)
_STALE = (  # a market without steps, and a venue that does not vouch for its book: nobody has a quote
    at(2, "market", "gap", symbol="BTC-USD", for_s=58.0),
    at(60, "market", "gap", symbol="*", for_s=60.0),
    *(call("GET /best_bid_ask", nth, "rest", "server_error", later_s=2.0) for nth in range(1, 250)),
)
_PATIENT = ("policy.breakers.work.failures=100", "policy.breakers.api_errors.failures=100")
"""Errors open no breaker, which would hold back first."""
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
    # ------------------------------------------------------------------------------------------------ risk and caps
    Mutant(
        "pending_not_counted",
        "working buys count nothing against the caps",
        (
            Edit(
                "core/exposure.py",
                "    return Notional(order.intent.notional_max * share)\n",
                "    return Notional(ZERO * share)\n",
            ),
            Edit("core/risk_books.py", "        return shown + waiting\n", "        return shown\n"),
        ),
        (at(1, "orders", "thin", symbol="*", for_s=230.0),),
        (*_TIGHT, "policy.execution.entry_ttl_s=60"),
    ),
    Mutant(
        "approvals_not_counted",
        "two approvals of one cycle do not know of one another",
        (Edit("core/risk_books.py", "        return shown + waiting\n", "        return shown\n"),),
        sets=_TIGHT,
    ),
    Mutant(
        "doubt_not_counted",
        "an order in doubt counts nothing against the caps",
        (
            Edit(
                "core/exposure.py",
                "    if order.intent.side is Side.SELL or order.settled:\n",
                "    if order.intent.side is Side.SELL or order.settled or order.status is OrderStatus.UNKNOWN:\n",
            ),
        ),
        (
            # neither the answer nor the user channel nor a listing tells of the order until the next cycle has wished
            {
                "layer": "stream",
                "kind": "stall",
                "at": {"point": "frame", "match": "user", "nth": 2},
                "for_s": 235.0,
                "scope": "channel",
            },
            *(call("POST /orders", nth, "network", "answer_lost") for nth in (1, 2, 4, 6)),
            at(0.5, "orders", "unseen", seconds=17.0, for_s=230.0),
            at(0.5, "orders", "thin", symbol="*", for_s=230.0),
        ),
        (*_TIGHT, *_PATIENT, "policy.execution.entry_ttl_s=60"),
    ),
    Mutant(
        "no_total_cap",
        "the caps of the whole account, and of the one theme that is all of it, are not asked",
        (
            Edit(
                "core/rules_caps.py",
                "    current_pct = books.pct(at_risk)\n    if current_pct + proposal.notional_pct <= limit_pct:\n",
                "    current_pct = books.pct(at_risk)\n"
                '    if not cap_type.startswith("asset") or current_pct + proposal.notional_pct <= limit_pct:\n',
            ),
        ),
        sets=("policy.caps.total_pct=1", "policy.caps.per_theme_pct=1", "policy.caps.per_asset_pct=1"),
    ),
    Mutant(
        "no_asset_cap",
        "the cap of one asset is not asked",
        (
            Edit(
                "core/rules_caps.py",
                "    current_pct = books.pct(at_risk)\n    if current_pct + proposal.notional_pct <= limit_pct:\n",
                "    current_pct = books.pct(at_risk)\n"
                '    if cap_type == "asset" or current_pct + proposal.notional_pct <= limit_pct:\n',
            ),
        ),
        sets=("policy.caps.per_asset_pct=0.5",),
    ),
    Mutant(
        "no_theme_cap",
        "the cap of a theme is not asked",
        (
            Edit(
                "core/rules_caps.py",
                "    for theme in books.universe.themes_of(proposal.symbol):\n",
                "    for theme in ():\n",
            ),
        ),
        sets=("policy.caps.per_theme_pct=1", "policy.caps.per_asset_pct=1"),
    ),
    Mutant(
        "no_cap_on_positions",
        "any number of instruments is held at once",
        (
            Edit(
                "core/rules_caps.py",
                "proposal.symbol in exposed or len(exposed) < cap:",
                "proposal.symbol in exposed or cap:",
            ),
        ),
        sets=("policy.caps.open_positions=1",),
    ),
    Mutant(
        "cooldown_off",
        "an instrument is entered again as soon as it was left",
        (
            Edit(
                "core/rules_cooldown.py",
                "    if not waiting:\n        return None\n    last = max(waiting",
                "    if waiting or not waiting:\n        return None\n    last = max(waiting",
            ),
        ),
        sets=("policy.cooldown_after_loss_minutes=20", "policy.cooldown_after_win_minutes=20"),
        minutes=8.0,
    ),
    Mutant(
        "cooldown_lost_at_restart",
        "a restart forgets what was traded",
        (
            Edit("core/order_books.py", "        self.tape.replay(books.positions, books.tape)\n", ""),
            Edit("core/order_books.py", "        self.entries.extend(books.entries_24h)\n", ""),
            Edit("core/order_books.py", "        self.stop_outs.extend(books.stop_outs_24h)\n", ""),
        ),
        tuple(at(seconds, "process", "crash") for seconds in (120, 240)),
        ("policy.cooldown_after_loss_minutes=20", "policy.cooldown_after_win_minutes=20"),
        minutes=9.0,
    ),
    Mutant(
        "every_wish_is_approved",
        "of two wishes for one instrument both are made",
        (
            Edit(
                "core/integrator.py",
                "    chosen = [_best(cycle, rivals) for rivals in wishes.values()]\n",
                "    chosen = [_best(cycle, [rival]) for rivals in wishes.values() for rival in rivals]\n",
            ),
        ),
        tuple(at(seconds, "strategy", "flood") for seconds in range(10, 220, 14)),
        (
            "policy.caps.per_asset_pct=15",
            "policy.caps.per_theme_pct=15",
        ),
    ),
    Mutant(
        "no_strategy_budget",
        "a strategy may wish for more than its budget",
        (
            Edit(
                "core/integrator.py",
                "        if trades >= budget.trades_per_cycle_max:\n",
                "        if trades >= 1_000_000:\n",
            ),
        ),
        tuple(at(seconds, "strategy", "flood") for seconds in range(10, 220, 14)),
        ("strategies.baseline.max_trades_per_cycle=1",),
    ),
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
        _STALE,
        _PATIENT,
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
                "            await trio.sleep(self._poll_s)\n",
                "            await trio.sleep(10)\n",
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
    # ------------------------------------------------------------------------------------------------------ alerts
    Mutant(
        "alert_dedupe_off",
        "what is raised again is said again",
        (
            Edit(
                "core/alerter.py",
                "        if not louder and now.mono - found.delivered_at < self._terms.dedupe_s * SECOND:\n            return []\n",
                "",
            ),
        ),
        (at(60, "market", "venue_clock", seconds=5.0, for_s=120.0),),
    ),
    Mutant(
        "alert_never_louder",
        "an alert that nobody answers stays as it is",
        (
            Edit(
                "core/alerter.py",
                "        return asks and not found.escalated and",
                "        return False and asks and",
            ),
        ),
        _PARTITION,
    ),
    Mutant(
        "alert_over_said_twice",
        "that it is over is said as often as it is noticed",
        (
            Edit(
                "core/alerter.py",
                "                found = self._open.pop(key, None)\n",
                "                found = self._open.get(key, None)\n",
            ),
        ),
        tuple(
            {"layer": "stream", "kind": "reset", "at": {"point": "frame", "match": "user", "nth": nth}}
            for nth in (4, 9, 14)
        ),
    ),
    Mutant(
        "stream_down_untold",
        "nobody is told that the user stream is down",
        (
            Edit(
                "core/user_feed.py",
                "return [AlertRaised(_KEY, Severity.WARNING, text), self._vote()]",
                "return [self._vote()]",
            ),
        ),
        _PARTITION,
    ),
    Mutant(
        "staleness_untold",
        "nobody is told that an instrument has no fresh quote",
        (
            Edit(
                "core/market_feed.py",
                "            if what is not None and symbol not in self._stale:\n",
                "            if what is not None and symbol is None:\n",
            ),
        ),
        _STALE,
    ),
    # --------------------------------------------------------------------------------------------- clock and journal
    Mutant(
        "clock_step_ignored",
        "a clock that jumps closes nothing",
        (Edit("core/clock_guard.py", "        if step_ms > DRIFT_MS_MAX:\n", "        if step_ms < 0:\n"),),
        (at(60, "clock", "step", seconds=30.0, for_s=20.0), at(120, "clock", "step", seconds=-30.0, for_s=20.0)),
    ),
    Mutant(
        "durations_backwards",
        "how long a cycle took is told as less than nothing",
        (
            Edit(
                "core/cycle.py",
                "            took_s=seconds(now.mono - self.context.at.mono),\n",
                "            took_s=seconds(self.context.at.mono - now.mono) - 0.001,\n",
            ),
        ),
    ),
    Mutant(
        "body_not_hashed",
        "the chain does not cover what a row says",
        (
            Edit(
                "store/chain.py",
                "    preimage = _encode((prev_hash, seq, at, kind, cause, config_hash, epoch, body))\n",
                '    preimage = _encode((prev_hash, seq, at, kind, cause, config_hash, epoch, ""))\n',
            ),
        ),
    ),
    Mutant(
        "reload_not_stamped",
        "after a reload rows bear what they bore before, and the reload says otherwise",
        (
            Edit(
                "actors/journal.py",
                "                await self._offload.run(partial(store.restamp, first.fact.after))\n",
                "                pass\n",
            ),
        ),
        (at(60, "operator", "reload"),),
    ),
    Mutant(
        "approval_not_written",
        "no row says why an order was allowed",
        (
            Edit(
                "drivers/routing.py",
                "    routes.to(RiskApproved, box.order_manager, box.journal, box.board)",
                "    routes.to(RiskApproved, box.order_manager, box.board)",
            ),
        ),
    ),
    Mutant(
        "key_in_the_log",
        "a line of the log has the key",
        (
            Edit(
                "venues/coinbase/auth.py",
                "            found = msgspec.json.decode(text, type=_KeyFile)\n",
                "            found = msgspec.json.decode(text, type=_KeyFile)\n            LEAKED.append(text)\n",
            ),
            Edit("venues/coinbase/auth.py", "\n\nclass ApiKey:\n", "\n\nLEAKED: list[str] = []\n\n\nclass ApiKey:\n"),
            Edit(
                "venues/coinbase/rest.py",
                "        sent = Departure(gate)\n",
                "        sent = Departure(gate)\n        import structlog\n        from trader247.venues.coinbase.auth import LEAKED\n"
                '        structlog.get_logger().info("signed", text=LEAKED[-1].replace("\\\\n", "\\n"))\n',
            ),
        ),
    ),
)
