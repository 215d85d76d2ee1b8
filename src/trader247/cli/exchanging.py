"""``exchange serve``: the simulated exchange alone, for other clients."""

import random
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

__all__ = ["exchange"]

_PATH = click.Path(path_type=Path)
_PERMISSIONS = ("view", "trade", "transfer")
_SPEED_MAX = 10_000


def _finite(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    if value != value:  # noqa: PLR0124 - what no range refuses: it is neither above nor below anything
        raise click.BadParameter("nan is no number of market seconds per real second")
    return value


@click.group()
def exchange() -> None:
    """The simulated exchange on its own."""


def _balances(_context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> dict[str, Decimal]:
    """``USD=1000`` and so on."""
    balances: dict[str, Decimal] = {}
    for text in texts:
        currency, _, amount = text.partition("=")
        try:
            value = Decimal(amount)
        except InvalidOperation:
            value = Decimal(-1)
        good = currency.isalnum() and currency.isascii() and currency == currency.upper() and currency not in balances
        if not good or not value.is_finite() or not 0 <= value < 10**11:
            raise click.BadParameter(f"{text!r} is no balance; write for example USD=1000, each currency once")
        balances[currency] = value
    return balances


def _granted(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[str, ...]:
    granted = tuple(filter(None, (each.strip() for each in text.split(","))))
    if strange := [each for each in granted if each not in _PERMISSIONS]:
        raise click.BadParameter(f"{strange[0]!r} is no permission; there are {', '.join(_PERMISSIONS)}")
    return granted


@exchange.command()
@click.option("--port", type=click.IntRange(0, 65_535), required=True, help="0 takes any free one and says which.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--key-file", type=_PATH, help="The API key it accepts (JSON with name and privateKey); no other.")
@click.option("--write-key", type=_PATH, help="The same; made, with mode 0600, if the file is not there.")
@click.option("--permissions", default="view,trade", show_default=True, callback=_granted, help="Of the key.")
@click.option(
    "--balance",
    "balances",
    multiple=True,
    metavar="CUR=AMOUNT",
    callback=_balances,
    help="What the account starts with; repeatable, in place of all of the default. [default: USD=100000 BTC=1 ETH=10]",
)
@click.option(
    "--market",
    "markets",
    multiple=True,
    metavar="SPEC",
    help="generated[:seed=N], or replay:FILE[=SYMBOL]; replay may be given several times. [default: generated]",
)
@click.option("--faults", type=_PATH, help="A fault plan: what goes wrong, and when.")
@click.option("--seed", type=click.IntRange(0), default=247, show_default=True, help="Of market, ids and faults.")
@click.option(
    "--speed",
    type=click.FloatRange(0, _SPEED_MAX, min_open=True),
    callback=_finite,
    default=1.0,
    show_default=True,
    help="Market seconds per real second.",
)
@click.option("--no-rate-limits", is_flag=True, help="Tell nobody to wait.")
def serve(  # noqa: PLR0917 - one parameter per option
    port: int,
    host: str,
    key_file: Path | None,
    write_key: Path | None,
    permissions: tuple[str, ...],
    balances: dict[str, Decimal],
    markets: tuple[str, ...],
    faults: Path | None,
    seed: int,
    speed: float,
    no_rate_limits: bool,
) -> None:
    """Serve REST and WebSocket to any client until Ctrl-C (exit code 0).

    REST is under /api/v3/brokerage, one WebSocket at /ws carries market and user channels. The account lives as long as
    the process.
    """
    from trader247.drivers.standalone import Standalone, read_key_file, read_plan_file, serve_alone, write_key_file
    from trader247.venues.simulated.exchange import DEFAULT_FUNDS

    if key_file is not None and write_key is not None:
        raise click.UsageError("--key-file names a key, --write-key makes one: give one of them")
    plan = read_plan_file(faults) if faults is not None else None
    key_text = None
    if key_file is not None:
        key_text = read_key_file(key_file)
    elif write_key is not None:
        key_text = write_key_file(write_key, random.SystemRandom())
    wanted = Standalone(
        host=host,
        port=port,
        markets=markets or ("generated",),
        seed=seed,
        speed=speed,
        funds=balances or DEFAULT_FUNDS,
        key_text=key_text,
        permissions=permissions,
        plan=plan,
        has_limits=not no_rate_limits,
    )
    serve_alone(wanted, click.echo)
