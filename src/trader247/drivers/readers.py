"""Who reads which key of the configuration, and so what a reload has to touch. Pure.

Most actors read it when they are made: they are ended and made anew. A few hold what a restart would lose; they are
told in a message (``TOLD``). What the driver itself does by the configuration it takes over at once (``AT_ONCE``).
"""

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from trader247.config.faults import KeyPath
from trader247.config.fingerprint import Change
from trader247.runtime.specs import Group, Strategy

__all__ = ["AT_ONCE", "READERS", "TOLD", "Plan", "plan_for", "readers_of", "unread"]

ANY: Final = "*"
"""Any one key: a tier, a strategy."""
OWN: Final = "strategy:*"
"""The worker of the strategy that the key is about."""
EVERY: Final = "strategies"
"""All workers of strategies."""

TOLD: Final = frozenset({"order_manager", "alerter", "breakers"})
"""Restarted, the order manager would doubt every request under way, and no exit of such an instrument could leave until
the venue was asked; the alerter would forget what stands and never escalate it, the breakers what failed."""
AT_ONCE: Final = frozenset({"log", "faces", "driver"})
"""``faces``: the limits that ``why`` compares with; a restart of the face would cut off who asked. ``driver``: read
when it is needed."""

READERS: Final[tuple[tuple[KeyPath, frozenset[str]], ...]] = tuple(
    (tuple(path.split(".")), frozenset(names.split()))
    for path, names in (
        ("app.log", "log"),
        ("app.shutdown_deadline_s", "driver"),
        ("policy.caps", "order_manager risk_arbiter"),
        ("policy.entry", "risk_arbiter strategies"),
        ("policy.staleness", "market_feed order_manager risk_arbiter faces"),
        ("policy.outliers", "market_feed"),
        ("policy.permit", "permit_desk"),
        ("policy.cooldown_minutes", "order_manager risk_arbiter"),
        ("policy.cooldown_after_stop_minutes", "risk_arbiter"),
        ("policy.cooldown_after_win_minutes", "risk_arbiter"),
        ("policy.cooldown_after_loss_minutes", "risk_arbiter"),
        ("policy.loss_streak", "risk_arbiter"),
        ("policy.loss_streak_pause_minutes", "risk_arbiter"),
        ("policy.pacing", "risk_arbiter"),
        ("policy.execution", "order_manager"),
        ("policy.exits", "order_manager"),
        ("policy.trim", "order_manager"),
        ("policy.loss_limits", "order_manager risk_arbiter"),
        ("policy.ban_hours", "driver"),
        ("policy.alerts", "alerter"),
        ("policy.breakers", "breakers"),
        ("policy.fees", "order_manager risk_arbiter"),
        ("policy.dust_usd", "risk_arbiter"),
        ("universe.tiers.*.enabled", "market_feed cycle risk_arbiter"),
        ("universe.tiers.*.symbols", "market_feed order_manager cycle risk_arbiter"),
        ("universe.tiers.*.max_spread_bps", "cycle risk_arbiter"),
        ("universe.tiers.*.allocation_pct", "order_manager risk_arbiter"),
        ("universe.themes", "order_manager risk_arbiter"),
        ("universe.never_trade", "market_feed cycle risk_arbiter"),
        ("universe.tiers.*.min_turnover_usd", "cycle"),
        ("universe.tiers.*.min_depth_usd", "cycle"),
        ("universe.tiers.*.slippage_budget_bps", "risk_arbiter"),
        ("universe.min_price_usd", "cycle"),
        ("universe.max_symbols", "cycle"),
        ("universe.hysteresis", "cycle"),
        ("universe.near_threshold", "cycle"),
        ("universe.min_eligible_assets", "cycle"),
        ("signals.cycle", "cycle faces"),
        ("signals.cycle.proposal_deadline_s", EVERY),
        ("signals.triggers", "cycle"),
        ("signals.regime", "cycle"),
        ("signals.warm_up_hours", "market_feed"),
        ("strategies.*.enabled", OWN),
        ("strategies.*.parameters", OWN),
        ("strategies.*.process", OWN),
        ("strategies.*.max_at_risk_pct", "cycle risk_arbiter"),
        ("strategies.*.max_trades_per_cycle", "cycle"),
    )
)
"""A key is read by all whose row is the key itself or a section around it."""


@frozen
class Plan:
    """The children to be ended and started again, by their group, in start order."""

    safety: tuple[str, ...]
    trading: tuple[str, ...]


def readers_of(path: KeyPath) -> frozenset[str]:
    """Every reader of a key or section; empty for a key that is in no row."""
    found: set[str] = set()
    for row, names in READERS:
        if len(row) <= len(path) and all(part in {ANY, key} for part, key in zip(row, path, strict=False)):
            found |= {f"strategy:{path[1]}" if name == OWN else name for name in names}
    return frozenset(found)


def unread(changes: Iterable[Change]) -> tuple[str, ...]:
    """The changed keys that nobody is known to read: taking them would do nothing, and say that it was done."""
    return tuple(".".join(change.path) for change in changes if not readers_of(change.path))


def plan_for(changes: Iterable[Change], tree: Group) -> Plan:
    """What these changes touch in this tree, whose groups *safety* and *trading* are children of the root."""
    readers = frozenset(name for change in changes for name in readers_of(change.path))
    groups = {child.name: child for child in tree.children if isinstance(child, Group)}
    renewed = readers - TOLD - AT_ONCE
    return Plan(_renewed(groups["safety"], renewed), _renewed(groups["trading"], renewed))


def _renewed(group: Group, wanted: frozenset[str]) -> tuple[str, ...]:
    """As the group would restart them after a crash: in *trading*, who trusts a renewed actor is renewed with it.

    The cycle asks a new market feed for history, for example, and a new feed asks for nothing that nobody wants.
    """
    found: list[str] = []
    for at, child in enumerate(group.children):
        if child.name in wanted and group.strategy is Strategy.REST_FOR_ONE:
            return (*found, *(later.name for later in group.children[at:]))
        if child.name in wanted:
            found.append(child.name)
        elif isinstance(child, Group):
            found += _renewed(child, wanted)
    return tuple(found)
