"""Everything before the event loop: lock, market, disk, sockets, log. What fails here fails before anything trades.

Whatever is taken is given back through the caller's ``ExitStack``, whichever later step fails.
"""

import math
import os
import platform
import random
import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final, TextIO

import structlog
from attrs import evolve, frozen

from trader247.config.loading import Loaded, load
from trader247.config.schema import App, Configuration, LogTerms, VenueKind
from trader247.config.secrets import read_secret
from trader247.drivers.disk import open_disk
from trader247.drivers.embedded import EmbeddedVenue, embedded_venue
from trader247.drivers.live import Start
from trader247.drivers.reloading import Source
from trader247.drivers.server_address import server_of
from trader247.drivers.state_folder import data_folder, replay_folder
from trader247.errors import ConfigurationInvalid, RefusedByGate
from trader247.model.ids import run_epoch
from trader247.model.instant import SECOND, Instant
from trader247.model.mode import Mode
from trader247.model.policy_strategies import ExternalParameters
from trader247.model.policy_universe import Tiers
from trader247.model.signals import Tier
from trader247.observe.logs import LogFormat, LogSettings, set_up_logs
from trader247.observe.redaction import Redactor
from trader247.ports import Clock
from trader247.runtime.clock import PacedClock, SystemClock
from trader247.store.ballast import Ballast
from trader247.store.instance_lock import InstanceLock
from trader247.store.server import Server
from trader247.venues.coinbase.auth import ApiKey
from trader247.venues.simulated.market import MarketSource
from trader247.venues.simulated.market_spec import open_market
from trader247.web.ports import FaceSettings
from trader247.web.signals import key_of
from trader247.web.site import FaceSockets
from trader247.web.sockets import listen_control, listen_tcp

__all__ = ["Wishes", "prepare"]

TOKEN_FILE: Final = "web.token"  # noqa: S105 - the name of the file that holds it
PUBLISH_SPEED_MAX: Final = 200.0
"""The dashboard's pictures are a real second apart up to this speed; machines rarely reach much more."""
SPEED_MAX: Final = 10_000.0
"""The configuration's bound; asked for, it means as fast as the machine can."""


@frozen
class Wishes:
    """What the command line adds to the configuration. ``duration_s``: market seconds to run, or None."""

    duration_s: float | None = None
    log_format: LogFormat | None = None


def prepare(stack: ExitStack, loaded: Loaded, wishes: Wishes, environ: Mapping[str, str], out: TextIO) -> Start:
    """Everything a daemon starts with.

    Raises:
        Trader247Error: one of them is not to be had; the text names it and the way out.
    """
    app = loaded.configuration.app
    _refuse_live(app)
    machine = SystemClock()
    data_dir = data_folder(Path(app.data_dir))
    used_before = Ballast(data_dir).path.exists()  # a journal has run here
    lock = InstanceLock(data_dir, since=machine.now().utc, host=platform.node())
    stack.callback(lock.release)

    market = _market(app, machine.now().utc)
    replayed = market is not None and app.venue.market.startswith("replay")
    paced = _pace(app, market, replayed=replayed)
    clock: Clock = paced or machine
    redactor = Redactor()
    logs = set_up_logs(_log_settings(app.log, wishes), clock, redactor, out)
    stack.callback(logs.close)

    rng = random.SystemRandom()
    folder = replay_folder(data_dir) if replayed else data_dir
    embedded = embedded_venue(market, folder, clock, rng, app.venue.seed) if market is not None else None
    if embedded is not None:
        stack.callback(embedded.books.close)
    epoch, now = run_epoch(rng), clock.now().utc
    disk = open_disk(
        data_dir,
        folder if replayed else _database_at(app, folder, redactor, environ),
        venue=app.venue.kind.value,
        account_id=embedded.account_id if embedded is not None else app.venue.rest_url,
        epoch=epoch,
        config_hash=loaded.fingerprint,
        now=now,
    )
    stack.callback(disk.close)
    token = _token(app, data_dir, environ)
    redactor.register(token)
    signal_secrets = _signal_secrets(loaded.configuration, redactor, environ)
    sockets = _sockets(stack, app, data_dir)
    _tell(loaded.configuration, market, folder, sockets)
    fit = partial(_narrowed, market=market) if replayed and market is not None else _as_it_is
    return Start(
        config=fit(loaded.configuration),
        source=Source(
            loaded,
            read=partial(load, loaded.folder, environ=environ, overrides=loaded.overrides, third=loaded.third),
            fit=fit,
            set_log=lambda terms: logs.apply(_log_settings(terms, wishes)),
        ),
        mode=app.mode,
        epoch=epoch,
        rng=rng,
        clock=clock,
        paced=paced,
        disk=disk,
        embedded=embedded,
        key=_key(app, embedded, redactor, environ),
        sockets=sockets,
        settings=_face_settings(app, sockets, token, signal_secrets, chaos=embedded is not None),
        redactor=redactor,
        logs=logs,
        halted=disk.halted(now, used_before=not replayed and (used_before or _has_history(embedded))),
        left=disk.left_over(),
        until=Instant(now + round(wishes.duration_s * SECOND)) if wishes.duration_s is not None else None,
    )


def _as_it_is(config: Configuration) -> Configuration:
    return config


def _face_settings(
    app: App, sockets: FaceSockets, token: str, signal_secrets: Mapping[str, bytes], *, chaos: bool
) -> FaceSettings:
    return FaceSettings(
        signal_secrets=signal_secrets,
        host=app.web.host,
        port=sockets.tcp[0].getsockname()[1] if sockets.tcp else 0,
        token=token,
        chaos=chaos,
        publish_every_s=max(1.0, min(app.venue.speed, PUBLISH_SPEED_MAX)),
    )


def _database_at(app: App, folder: Path, redactor: Redactor, environ: Mapping[str, str]) -> Path | Server:
    """The folder of the file, or the server. A replay never comes here: another world's books stay apart."""
    server = server_of(app.database, folder, environ)
    if server is None:
        return folder
    if server.password is not None:
        redactor.register(server.password)
    return server


def _has_history(embedded: EmbeddedVenue | None) -> bool:
    return embedded is not None and embedded.exchange.books().fill_count > 0


def _log_settings(terms: LogTerms, wishes: Wishes) -> LogSettings:
    return LogSettings(format=wishes.log_format or LogFormat(terms.format.value), level=terms.level.value)


def _refuse_live(app: App) -> None:
    if app.mode is Mode.LIVE:
        raise RefusedByGate(
            "mode LIVE is refused: the gates that would have to be passed (rehearsal, kill-switch drill, canary, alert "
            "delivery, clock, secrets) are not built yet; run --mode paper on the embedded exchange"
        )


def _market(app: App, now: Instant) -> MarketSource | None:
    if app.venue.kind is not VenueKind.EMBEDDED:
        return None
    return open_market(app.venue.market, start=now, seed=app.venue.seed, step_s=app.venue.step_s)


def _narrowed(config: Configuration, market: MarketSource) -> Configuration:
    """The configuration with the universe cut to what a recording holds: the rest is not missing, it is not there."""
    there = {product.product_id for product in market.products}
    universe = config.universe
    tiers = {
        tier.value: evolve(terms, symbols=tuple(symbol for symbol in terms.symbols if symbol in there))
        for tier in Tier
        for terms in (universe.tiers.of(tier),)
    }
    least = min(universe.min_eligible_assets, len(there))
    return evolve(config, universe=evolve(universe, tiers=Tiers(**tiers), min_eligible_assets=least))


def _pace(app: App, market: MarketSource | None, *, replayed: bool) -> PacedClock | None:
    """The scaled clock; None where real time will do: a generated market at its own speed, and the real exchange."""
    if market is None or (not replayed and app.venue.speed == 1):
        return None
    return PacedClock(market.start, math.inf if app.venue.speed >= SPEED_MAX else app.venue.speed)


def _key(app: App, embedded: EmbeddedVenue | None, redactor: Redactor, environ: Mapping[str, str]) -> ApiKey:
    if embedded is not None:
        redactor.register(embedded.key_text)
        return ApiKey.from_json_text(embedded.key_text)
    if app.venue.key is None:
        raise ConfigurationInvalid(
            "app.venue.key is missing: the coinbase venue is asked for balances and orders even in DRY_RUN; "
            "give a reference to a key that can view, for example file:/path/to/cdp_key.json"
        )
    secret = read_secret(app.venue.key, environ)
    redactor.register(secret.reveal())
    return ApiKey.from_json_text(secret.reveal())


def _token(app: App, data_dir: Path, environ: Mapping[str, str]) -> str:
    """The bearer token of the web face: as configured, else the one in ``web.token``, made at the first start."""
    if app.web.token is not None:
        return read_secret(app.web.token, environ).reveal()
    path = data_dir / TOKEN_FILE
    if os.path.lexists(path) and not path.is_file():
        raise ConfigurationInvalid(f"{path} is no plain file; move it away, and a token is made at the next start")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        token = path.read_text(encoding="ascii", errors="replace").strip()
        if not token:  # who made the file died before writing it, and an empty token would let anybody in
            path.unlink()
            return _token(app, data_dir, environ)
        return token
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        token = secrets.token_urlsafe(32)
        file.write(token + "\n")
    return token


def _signal_secrets(config: Configuration, redactor: Redactor, environ: Mapping[str, str]) -> dict[str, bytes]:
    """What the senders of signals sign with, by strategy; read at the start, for those that are enabled."""
    keys: dict[str, bytes] = {}
    for name, terms in sorted(config.strategies.items()):
        own = terms.parameters
        if not terms.enabled or not isinstance(own, ExternalParameters) or own.secret is None:
            continue
        secret = read_secret(own.secret, environ)
        try:
            keys[name] = key_of(secret.reveal())
        except ValueError as error:
            raise ConfigurationInvalid(f"strategies.{name}.parameters.secret {own.secret}: {error}") from None
        redactor.register(secret.reveal())
        other = next((known for known, key in keys.items() if known != name and key == keys[name]), None)
        if other is not None:
            raise ConfigurationInvalid(
                f"strategies.{name} and strategies.{other} share a secret; a signal for one "
                "could be sent again to the other. Give each its own"
            )
    return keys


def _sockets(stack: ExitStack, app: App, data_dir: Path) -> FaceSockets:
    tcp = [listen_tcp(app.web.host, app.web.port)] if app.web.enabled else []
    for made in tcp:
        stack.callback(made.close)
    control = listen_control(data_dir)
    stack.callback(control.close)
    return FaceSockets(tcp, [control])


def _tell(config: Configuration, market: MarketSource | None, folder: Path, sockets: FaceSockets) -> None:
    app = config.app
    log = structlog.get_logger()
    log.info("state", text=f"in {folder}")
    if sockets.tcp:
        host, port = sockets.tcp[0].getsockname()[:2]
        log.info("dashboard", text=f"http://{host}:{port}/")
    if market is None:
        return
    names = ", ".join(product.product_id for product in market.products)
    pace = "as fast as the machine can" if app.venue.speed >= SPEED_MAX else f"at {app.venue.speed:g} x real time"
    log.info("market", text=f"{app.venue.market}: {names} {pace}")
    for note in market.notes:
        log.info("market", text=note)
    tiers = [terms for tier in Tier if (terms := config.universe.tiers.of(tier)).enabled]
    traded = {symbol for terms in tiers for symbol in terms.symbols}
    idle = ", ".join(product.product_id for product in market.products if product.product_id not in traded)
    if idle:
        log.warning("market", text=f"not traded: {idle}; put it into an enabled tier of universe.yaml")
