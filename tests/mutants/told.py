"""Defects of what is told: alerts, the clock, the journal."""

from tests.mutants.mutant import Edit, Mutant, at
from tests.mutants.plans import STALE

__all__ = ["TOLD"]

_PARTITION = (at(60, "network", "partition", for_s=150.0),)

TOLD: tuple[Mutant, ...] = (
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
        "alert_counts_anew_at_a_fall",
        "whenever the alerter falls, an alert that nobody answers has only just begun",
        (
            Edit(
                "core/alerter.py",
                "self._known.get(alert.key, anew)",
                "anew",
            ),
        ),
        (*_PARTITION, at(130, "actor", "ended", actor="alerter")),
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
        STALE,
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
