"""Defects of what is allowed: caps, cooldowns, budgets, and the verdict itself."""

from tests.mutants.mutant import Edit, Mutant, at, call
from tests.mutants.plans import PATIENT

__all__ = ["CAPS"]

_TIGHT = ("policy.caps.total_pct=1.2", "policy.caps.per_theme_pct=1.2", "policy.caps.per_asset_pct=1.2")

CAPS: tuple[Mutant, ...] = (
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
        (*_TIGHT, *PATIENT, "policy.execution.entry_ttl_s=60"),
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
)
