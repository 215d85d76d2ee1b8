"""``exchange serve``: the simulated exchange alone, for other clients.

A start that cannot be tells every reason at once: those of the options, of the files they name, of market and key.
"""

import random
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from trader247.cli.amounts import Amount
from trader247.errors import ConfigurationInvalid

__all__ = ["exchange"]

_PATH = click.Path(path_type=Path)
_PERMISSIONS = ("view", "trade", "transfer")
_SPEED_MAX = 10_000
_WRONG: Final = "trader247.wrong_options"
_AMOUNT: Final = re.compile(r"[0-9]{1,11}(\.[0-9]{1,15})?")
"""Plain digits, fewer than the house has of any currency."""

Read = TypeVar("Read")


class _Gathered(click.Option):
    """An option whose complaint waits until all others have been looked at; its value is None then."""

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """As any option's, without raising."""
        try:
            return super().handle_parse_result(ctx, opts, args)
        except click.UsageError as wrong:
            ctx.meta.setdefault(_WRONG, []).append(wrong.format_message())
            ctx.params[str(self.name)] = None
            return None, args


_option = partial(click.option, cls=_Gathered)


@click.group()
def exchange() -> None:
    """The simulated exchange on its own."""


def _balances(_context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> dict[str, Decimal]:
    """``USD=1000`` and so on."""
    balances: dict[str, Decimal] = {}
    for text in texts:
        currency, _, amount = text.partition("=")
        good = currency.isalnum() and currency.isascii() and currency == currency.upper() and currency not in balances
        if not good or _AMOUNT.fullmatch(amount) is None:
            raise click.BadParameter(f"{text!r} is no balance; write for example USD=1000, each currency once")
        balances[currency] = Decimal(amount)
    return balances


def _granted(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[str, ...]:
    granted = tuple(filter(None, (each.strip() for each in text.split(","))))
    if strange := [each for each in granted if each not in _PERMISSIONS]:
        raise click.BadParameter(f"{strange[0]!r} is no permission; there are {', '.join(_PERMISSIONS)}")
    if not granted:
        raise click.BadParameter(f"a key without a permission can do nothing; there are {', '.join(_PERMISSIONS)}")
    return granted


@exchange.command()
@_option("--port", type=click.IntRange(0, 65_535), required=True, help="0 takes any free one and says which.")
@_option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@_option("--key-file", type=_PATH, help="The API key it accepts (JSON with name and privateKey); no other.")
@_option("--write-key", type=_PATH, help="The same; made, with mode 0600, if the file is not there.")
@_option("--permissions", default="view,trade", show_default=True, callback=_granted, help="Of the key.")
@_option(
    "--balance",
    "balances",
    multiple=True,
    metavar="CUR=AMOUNT",
    callback=_balances,
    help="What the account starts with; repeatable, in place of all of the default. [default: USD=100000 BTC=1 ETH=10]",
)
@_option(
    "--market",
    "markets",
    multiple=True,
    metavar="SPEC",
    help="generated[:seed=N], or replay:FILE[=SYMBOL]; replay may be given several times. [default: generated]",
)
@_option("--faults", type=_PATH, help="A fault plan: what goes wrong, and when.")
@_option("--seed", type=click.IntRange(0), default=247, show_default=True, help="Of market, ids and faults.")
@_option(
    "--speed",
    type=Amount(0, _SPEED_MAX, min_open=True),
    default=1.0,
    show_default=True,
    help="Market seconds per real second.",
)
@_option("--no-rate-limits", is_flag=True, help="Tell nobody to wait.")
@click.pass_context
def serve(  # noqa: PLR0917 - one parameter per option
    context: click.Context,
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
    from trader247.drivers.standalone import (
        Standalone,
        complaints,
        read_key_file,
        read_plan_file,
        serve_alone,
        write_key_file,
    )
    from trader247.venues.simulated.exchange import DEFAULT_FUNDS

    wrong: list[str] = context.meta.get(_WRONG, [])
    if key_file is not None and write_key is not None:
        wrong.append("--key-file names a key, --write-key makes one: give one of them")
    is_usage = bool(wrong)
    plan = _read(read_plan_file, faults, wrong)
    key_text = _read(read_key_file, key_file, wrong)
    if write_key is not None and not wrong:
        key_text = _read(lambda path: write_key_file(path, random.SystemRandom()), write_key, wrong)
    if wrong:
        wrong += complaints(markets or (), seed=seed or 0, key_text=key_text)
        raise click.UsageError("\n".join(wrong)) if is_usage else ConfigurationInvalid("; ".join(wrong))
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


def _read(how: Callable[[Path], Read], path: Path | None, wrong: list[str]) -> Read | None:
    """What a file holds, None where there is none or where its complaint was added to ``wrong``."""
    try:
        return how(path) if path is not None else None
    except ConfigurationInvalid as refused:
        wrong.append(str(refused))
        return None
