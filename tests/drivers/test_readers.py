"""Who reads which key, and what a reload touches."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import fields, has
from tests.drivers.topology_samples import Daemon

import trader247.core
from trader247.config.faults import KeyPath
from trader247.config.fingerprint import Change
from trader247.config.schema import Configuration
from trader247.config.secrets import SecretReference
from trader247.drivers.readers import AT_ONCE, EVERY, READERS, TOLD, Plan, plan_for, readers_of, unread
from trader247.model.policy_strategies import StrategyTerms
from trader247.model.policy_terms import term_of

pytestmark = pytest.mark.req("SUP6")

CORE = Path(trader247.core.__file__ or "").parent
FULL = Configuration(strategies={"baseline": StrategyTerms()})


def leaves(value: Any, path: KeyPath = (), *, reload: bool = True) -> Iterator[tuple[KeyPath, bool]]:
    """Every key of a configuration, and whether a running daemon may take it."""
    if has(type(value)) and not isinstance(value, SecretReference):
        for attribute in fields(type(value)):
            term = term_of(attribute)
            below = reload and (term is None or term.reload)
            yield from leaves(getattr(value, attribute.name), (*path, attribute.name), reload=below)
    elif isinstance(value, Mapping):
        for name, entry in value.items():
            yield from leaves(entry, (*path, name), reload=reload)
    else:
        yield path, reload


def change(path: str) -> Change:
    return Change(tuple(path.split(".")), "before", "after", reloadable=True)


def plan(*paths: str) -> Plan:
    return plan_for([change(path) for path in paths], Daemon().tree())


# --------------------------------------------------------------------------------------------------------- the table
def test_every_key_that_may_be_reloaded_is_read_by_somebody_and_no_other_is_in_the_table() -> None:
    read = {path: bool(readers_of(path)) for path, _ in leaves(FULL)}
    assert dict(leaves(FULL)) == read
    assert sum(read.values()) > 80


def test_every_row_of_the_table_is_about_a_key_there_is() -> None:
    known = [path for path, _ in leaves(FULL)]
    for row, _ in READERS:
        assert any(
            len(row) <= len(path) and all(part in {"*", key} for part, key in zip(row, path, strict=False))
            for path in known
        ), row


def test_every_reader_is_an_actor_or_is_told_or_takes_it_over_at_once() -> None:
    actors = {*Daemon().topology.desks(), EVERY}
    named = {name for path, _ in leaves(FULL) for name in readers_of(path)}
    assert named <= actors | AT_ONCE
    assert actors >= TOLD
    assert named >= AT_ONCE | TOLD


OF = {
    "entry_desk": "order_manager",
    "exit_desk": "order_manager",
    "protection_desk": "order_manager",
    "quiet_desk": "order_manager",
    "trim": "order_manager",
    "trim_desk": "order_manager",
    "order_books": "order_manager",
    "order_timers": "order_manager",
    "risk_rules": "risk_arbiter",
    "risk_arbiter": "risk_arbiter",
    "risk_books": "risk_arbiter",
    "rules_caps": "risk_arbiter",
    "rules_cooldown": "risk_arbiter",
    "rules_market": "risk_arbiter",
    "breakers": "breakers",
    "cycle": "cycle",
    "scanner": "cycle",
    "universe": "cycle",
}
"""The files of a decider that is given a whole section, by their actor."""


def test_a_decider_that_is_given_a_whole_section_reads_only_keys_it_stands_for_in_the_table() -> None:
    """The other direction: a rule that begins to read another key fails here until the table says so."""
    found = set()
    for path in sorted(CORE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            key = _section_read(node)
            if key is not None:
                assert path.stem in OF, f"{path.name} reads {'.'.join(key)}: say in this test whose file it is"
                assert OF[path.stem] in readers_of(key), f"{path.name} reads {'.'.join(key)}"
                found.add(key[:2])
    assert {("policy", "caps"), ("policy", "execution"), ("policy", "fees"), ("universe", "tiers")} <= found


def _section_read(node: ast.AST) -> KeyPath | None:
    """``....policy.caps...`` as ``policy.caps``; of the universe and the signals likewise."""
    sections = {"policy": "policy", "universe": "universe", "signals": "signals"}
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Attribute):
        return None
    section = sections.get(node.value.attr.lstrip("_"))
    if section is None:
        return None
    asked = {"tradable": "never_trade", "tier_of": "tiers", "themes_of": "themes"}.get(node.attr, node.attr)
    path = (section, asked)
    return (*path, "core", "symbols") if path == ("universe", "tiers") else path


def test_a_key_that_nobody_reads_is_named() -> None:
    assert unread([change("policy.caps.total_pct"), change("policy.mood")]) == ("policy.mood",)


# ---------------------------------------------------------------------------------------------------------- the plan
def test_a_cap_renews_the_arbiter_and_who_trusts_it_and_nobody_of_safety() -> None:
    assert plan("policy.caps.total_pct") == Plan((), ("risk_arbiter", "strategies"))


def test_a_fee_is_told_to_the_order_manager_and_renews_the_arbiter_that_rounds_up_with_it() -> None:
    assert readers_of(("policy", "fees", "taker_bps")) == {"order_manager", "risk_arbiter"}
    assert plan("policy.fees.taker_bps") == Plan((), ("risk_arbiter", "strategies"))


def test_a_quote_limit_renews_trading_from_the_feed_on_because_the_cycle_asks_a_new_feed_for_history() -> None:
    assert plan("policy.staleness.quote_s").trading == ("market_feed", "cycle", "risk_arbiter", "strategies")


def test_a_strategy_is_renewed_alone_and_its_budget_is_the_cycles() -> None:
    assert plan("strategies.baseline.enabled") == Plan((), ("strategy:baseline",))
    assert plan("strategies.baseline.max_trades_per_cycle").trading == ("cycle", "risk_arbiter", "strategies")
    assert plan("policy.entry.min_conviction").trading == ("risk_arbiter", "strategies")


@pytest.mark.parametrize("path", ["policy.execution.entry_ttl_s", "policy.alerts.dedupe_s"])
def test_who_holds_what_a_restart_would_lose_is_told_and_nobody_is_renewed(path: str) -> None:
    assert readers_of(tuple(path.split("."))) <= TOLD
    assert plan(path) == Plan((), ())


def test_the_permit_desk_is_renewed_and_the_log_the_faces_and_the_driver_need_no_restart() -> None:
    assert plan("policy.permit.renew_s", "app.log.level", "app.shutdown_deadline_s") == Plan(("permit_desk",), ())
