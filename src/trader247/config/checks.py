"""What is wrong with a configuration although every value is sound by itself: contradictions and unsafe combinations.

Each check is a generator over the effective configuration; a contradiction names every key it is about, so that it
can be left out where one of them was faulty already. Bounds of single values stand with the values themselves, in the
schema's terms.
"""

import difflib
import ipaddress
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from trader247.config.faults import KeyPath
from trader247.config.schema import Configuration, VenueKind
from trader247.model.instrument import Symbol
from trader247.model.mode import Mode
from trader247.model.policy_strategies import (
    BreakoutParameters,
    MeanReversionParameters,
    MomentumParameters,
    RulesParameters,
)
from trader247.model.signals import Tier
from trader247.store.server import address_fault

__all__ = ["CHECKS", "Contradiction", "contradictions", "is_loopback"]


@frozen
class Contradiction:
    """What does not go together: said at ``path``, about the keys of ``also`` too."""

    path: KeyPath
    text: str
    also: tuple[KeyPath, ...] = ()

    @property
    def keys(self) -> tuple[KeyPath, ...]:
        """All the keys it is about."""
        return (self.path, *self.also)


def contradictions(configuration: Configuration) -> tuple[Contradiction, ...]:
    """Everything that does not go together, in the order of ``CHECKS``."""
    return tuple(found for check in CHECKS for found in check(configuration))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address; a name other than localhost may be anywhere."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


_MODE: Final = ("app", "mode")
_READ_ONLY: Final = ("app", "read_only")
_VENUE_KIND: Final = ("app", "venue", "kind")
_TIERS: Final = ("universe", "tiers")


def _mode_and_venue(configuration: Configuration) -> Iterator[Contradiction]:
    app = configuration.app
    live, embedded = app.mode is Mode.LIVE, app.venue.kind is VenueKind.EMBEDDED
    if live and app.read_only:
        yield Contradiction(
            _MODE, "LIVE contradicts read_only: true; set read_only: false or another mode", (_READ_ONLY,)
        )
    if live and embedded:
        yield Contradiction(
            _MODE, "LIVE needs venue.kind: coinbase; the embedded exchange has no money", (_VENUE_KIND,)
        )
    if live and not embedded and app.venue.key is None:
        text = "LIVE needs venue.key, a reference to the API key (env:NAME, file:PATH or cred:NAME)"
        yield Contradiction(_MODE, text, (("app", "venue", "key"),))
    if app.mode is Mode.PAPER and not embedded:
        text = "PAPER needs venue.kind: embedded; the coinbase venue cannot simulate fills yet"
        yield Contradiction(_MODE, text, (_VENUE_KIND,))
    if not embedded and app.venue.speed != 1:
        text = (
            f"{_written(app.venue.speed)} contradicts venue.kind: coinbase; only the embedded market can be sped up (1)"
        )
        yield Contradiction(("app", "venue", "speed"), text, (_VENUE_KIND,))


def _addresses(configuration: Configuration) -> Iterator[Contradiction]:
    app = configuration.app
    host = app.web.host
    if app.web.enabled and not is_loopback(host) and app.web.token is None:
        text = f"{host!r} can be reached from other machines: unsafe without web.token (a reference to a secret)"
        yield Contradiction(("app", "web", "host"), text, (("app", "web", "token"), ("app", "web", "enabled")))
    for name, secure, plain in (("rest_url", "https", "http"), ("stream_url", "wss", "ws")):
        fault = _url_fault(getattr(app.venue, name), secure, plain)
        if fault:
            yield Contradiction(("app", "venue", name), fault)


def _database(configuration: Configuration) -> Iterator[Contradiction]:
    terms = configuration.app.database
    url, password = ("app", "database", "url"), ("app", "database", "password")
    if terms.url is None:
        if terms.password is not None:
            yield Contradiction(password, "is given and database.url is not; a file needs no password", (url,))
        return
    fault = address_fault(terms.url)
    if fault is not None:
        yield Contradiction(url, fault)


def _url_fault(url: str, secure: str, plain: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return f"is not a URL ({secure}://HOST)"
    if parts.scheme not in {secure, plain} or not host:
        return f"is not a URL of this kind ({secure}://HOST)"
    if parts.scheme == plain and not is_loopback(host):
        return f"{plain}:// to another machine is unsafe: anybody between could read and change it ({secure}://HOST)"
    return None


def _caps(configuration: Configuration) -> Iterator[Contradiction]:
    caps = configuration.policy.caps
    total = ("policy", "caps", "total_pct")
    for name in ("per_asset_pct", "per_theme_pct"):
        value = getattr(caps, name)
        if value > caps.total_pct:
            text = f"{value} contradicts caps.total_pct: {caps.total_pct} (at most the total)"
            yield Contradiction(("policy", "caps", name), text, (total,))


def _bounds_in_order(configuration: Configuration) -> Iterator[Contradiction]:
    policy, signals = configuration.policy, configuration.signals
    pairs = (
        (("policy", "entry", "stop_pct_min"), ("policy", "entry", "stop_pct_max"), policy.entry),
        (("policy", "entry", "target_pct_min"), ("policy", "entry", "target_pct_max"), policy.entry),
        (
            ("policy", "execution", "exit_tolerance_bps"),
            ("policy", "execution", "exit_tolerance_bps_max"),
            policy.execution,
        ),
        (("policy", "permit", "renew_s"), ("policy", "permit", "lease_s"), policy.permit),
        (("policy", "permit", "renew_s"), ("policy", "permit", "vote_max_age_s"), policy.permit),
        (("policy", "loss_limits", "daily_stop_pct"), ("policy", "loss_limits", "weekly_stop_pct"), policy.loss_limits),
        (("policy", "pacing", "trades_per_hour"), ("policy", "pacing", "trades_per_day"), policy.pacing),
        (("policy", "pacing", "new_per_hour"), ("policy", "pacing", "trades_per_hour"), policy.pacing),
        (("signals", "cycle", "proposal_deadline_s"), ("signals", "cycle", "interval_s"), signals.cycle),
    )
    for low, high, holder in pairs:
        lower, upper = getattr(holder, low[-1]), getattr(holder, high[-1])
        strict = low[-1] in {"renew_s", "proposal_deadline_s"}
        if lower > upper or (strict and lower == upper):
            needed = "less than" if strict else "at most"
            text = f"{_written(lower)} contradicts {'.'.join(high[1:])}: {_written(upper)} ({needed} that)"
            yield Contradiction(low, text, (high,))


def _written(value: float | Decimal) -> str:
    """A number as a person writes it: 2, not 2.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _universe(configuration: Configuration) -> Iterator[Contradiction]:
    universe = configuration.universe
    seen: dict[Symbol, Tier] = {}
    for tier in Tier:
        for index, symbol in enumerate(universe.tiers.of(tier).symbols):
            if symbol in seen:
                path = ("universe", "tiers", tier.value, "symbols", str(index))
                yield Contradiction(
                    path, f"{symbol} is in tier {seen[symbol]} already; an instrument has one tier", (_TIERS,)
                )
            seen.setdefault(symbol, tier)
    for named_at, symbol in _named_elsewhere(configuration):
        if symbol not in seen:
            near = difflib.get_close_matches(symbol, sorted(seen), n=1)
            hint = f', did you mean "{near[0]}"?' if near else "; list it in a tier (one that is not enabled will do)"
            yield Contradiction(named_at, f"{symbol} is in no tier{hint}", (_TIERS, named_at[:-1]))
    if len(universe.tradable) < universe.min_eligible_assets:
        text = (
            f"{universe.min_eligible_assets} contradicts the tiers: only {len(universe.tradable)} instruments can ever "
            "be eligible, so no cycle would trade"
        )
        also = (_TIERS, ("universe", "never_trade"))
        yield Contradiction(("universe", "min_eligible_assets"), text, also)


def _named_elsewhere(configuration: Configuration) -> Iterator[tuple[KeyPath, Symbol]]:
    for name, members in configuration.universe.themes.items():
        for index, symbol in enumerate(members):
            yield ("universe", "themes", name, str(index)), symbol
    for index, symbol in enumerate(configuration.universe.never_trade):
        yield ("universe", "never_trade", str(index)), symbol


def _rules(configuration: Configuration) -> Iterator[Contradiction]:
    entry = configuration.policy.entry
    for name, strategy in configuration.strategies.items():
        if not isinstance(strategy.parameters, RulesParameters):
            continue
        for rule_name in (field.name for field in strategy.parameters.rules.__attrs_attrs__):
            rule = getattr(strategy.parameters.rules, rule_name)
            if not rule.enabled or not strategy.enabled:
                continue
            path = ("strategies", name, "parameters", "rules", rule_name)
            stop, target = (*path, "stop_pct"), (*path, "target_pct")
            if rule.stop_pct >= rule.target_pct:
                text = (
                    f"{rule.stop_pct} is not less than target_pct: {rule.target_pct}; it risks more than it hopes for"
                )
                yield Contradiction(stop, text, (target,))
            for key, value in ((stop, rule.stop_pct), (target, rule.target_pct)):
                low, high = getattr(entry, f"{key[-1]}_min"), getattr(entry, f"{key[-1]}_max")
                if not low <= value <= high:
                    text = (
                        f"{value} contradicts policy.yaml entry ({low} <= x <= {high}): every such proposal is refused"
                    )
                    also = (("policy", "entry", f"{key[-1]}_min"), ("policy", "entry", f"{key[-1]}_max"))
                    yield Contradiction(key, text, also)


def _ranges(configuration: Configuration) -> Iterator[Contradiction]:
    for name, strategy in configuration.strategies.items():
        own = strategy.parameters
        if not isinstance(own, MeanReversionParameters | MomentumParameters | BreakoutParameters):
            continue
        if strategy.enabled and own.stop_atr >= own.target_atr:
            path = ("strategies", name, "parameters")
            text = f"{own.stop_atr} is not less than target_atr: {own.target_atr}; it risks more than it hopes for"
            yield Contradiction((*path, "stop_atr"), text, ((*path, "target_atr"),))


CHECKS: Final[tuple[Callable[[Configuration], Iterator[Contradiction]], ...]] = (
    _mode_and_venue,
    _addresses,
    _database,
    _caps,
    _bounds_in_order,
    _universe,
    _rules,
    _ranges,
)
"""Every check across keys and files; a new one is one line here."""
