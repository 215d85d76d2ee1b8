"""The commands that look: status, tree, why, orders, positions, alerts. Each asks the daemon once and prints."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from trader247.cli.rendering import amount, counted, price, show_json, show_table, span, time_of
from trader247.cli.socket_client import ControlClient, data_dir_option, json_option

__all__ = ["alerts", "orders", "positions", "status", "tree", "why"]

_LIMIT: Final = click.option("--limit", type=click.IntRange(0, 500), default=20, show_default=True, help="Rows.")


@click.command()
@data_dir_option
@json_option
def status(data_dir: Path, as_json: bool) -> None:
    """State, permit panel, account, last cycle."""
    told = ControlClient(data_dir).ask("/api/v1/status")
    if as_json:
        show_json(told)
        return
    for line in _status_lines(told):
        click.echo(line)


def _status_lines(told: Any) -> Iterator[str]:
    run = f"trader247 {told.get('version', '')}  {told['state']}"
    if told["mode"]:
        run += f"  {told['mode']} on {told['venue']}, up {span(told['uptime_s'])}, configuration {told['config_hash']}"
    yield run
    if told["halt"]:
        from trader247.core.kill_switch import KILL_FILE

        halt = told["halt"]
        resume = f"{'remove the file, then ' if halt['by'] == KILL_FILE else ''}trader247 resume --reason TEXT ends it"
        yield f"halted    {halt['reason']} (by {halt['by']}, {halt['at']}); {resume}"
    if told["flattening"]:
        order = told["flattening"]
        yield f"flatten   every position is being sold: {order['reason']} (by {order['by']}, {order['at']})"
    yield f"allowed   {_allowed(told['state'])}"
    yield from _permit_lines(told["permit"])
    yield from _account_lines(told)
    cycle = told["cycle"]
    if cycle:
        outcome = (
            f"{cycle['proposals']} proposed"
            if cycle["proposals"]
            else f"no trade: {cycle['no_trade'] or 'nothing proposed'}"
        )
        looked = (
            f"#{cycle['number']} {span(cycle['age_s'])} ago, {cycle['regime']}, {len(cycle['instruments'])} instruments"
        )
        yield f"cycle     {looked}, {outcome}; next in {span(cycle['next_s'])}"
    else:
        yield "cycle     none has finished yet"
    asked = [f"{each['strategy']} {_answer(each)}" for each in told["strategies"] if not each["quarantined"]]
    if asked:
        yield f"asked     {'; '.join(asked)}"
    for row in told["breakers"]:
        held = f", held by {row['by']}" if row["by"] else ""
        yield f"breaker   {row['breaker']} is {row['state']}{held}: {row['why']}; it stops {row['stops']}"
    for row in told["bans"]:
        yield f"banned    {row['symbol']} until {row['until']} ({row['kind']}): {row['reason']} (by {row['by']})"
    for strategy in told["strategies"]:
        if strategy["quarantined"]:
            yield f"strategy  {strategy['strategy']} is {strategy['skipped']}"
    streams = told["streams"]
    if streams and not streams["up"]:
        yield f"stream    down for {span(streams['since_s'])}: {streams['why']}"


def _answer(strategy: Any) -> str:
    """What a strategy said in the last cycle."""
    if strategy["skipped"]:
        return f"skipped: {strategy['skipped']}"
    return f"proposed {strategy['proposals'] or 'nothing'}"


def _allowed(state: str) -> str:
    """The row of the truth table of trading states that applies now."""
    from trader247.core.permit import ALLOWED
    from trader247.model.mode import OrderKind, TradingState

    if state not in TradingState.__members__:
        return "nothing yet"
    allowed = ALLOWED[TradingState(state)]
    return ", ".join(f"{kind.value} {'yes' if kind in allowed else 'no'}" for kind in OrderKind)


def _permit_lines(permit: Any) -> Iterator[str]:
    granted = " and ".join(grade for grade in ("entry", "exit") if permit[grade]) or "none"
    yes = sum(line["yes"] for line in permit["panel"])
    yield f"permit    granted: {granted}; {yes} of {len(permit['panel'])} guards say yes"
    for line in permit["panel"]:
        if not line["yes"]:
            age = "never voted" if line["age_s"] is None else f"{span(line['age_s'])} ago"
            yield f"          {line['guard']} says no: {line['reason']} ({age})"


def _account_lines(told: Any) -> Iterator[str]:
    account, counts = told["account"], told["counts"]
    if account is None:
        yield "account   not known yet"
        return
    net = f"{amount(account['nlv'])} USD net, {account['today_pct']:+.2f} % today"
    risk = f"drawdown {account['drawdown_pct']:.2f} %, exposure {account['exposure_pct']:.2f} %"
    yield f"account   {net}, {risk}{'' if account['books_ready'] else '; books not confirmed yet'}"
    held = counted(counts["positions"], "position", "positions")
    working = counted(counts["working_orders"], "working order", "working orders")
    alerts = counted(counts["alerts_standing"], "alert stands", "alerts stand")
    yield f"holdings  {held}, {working}, {account['in_doubt']} in doubt; {alerts}"


@click.command()
@data_dir_option
@json_option
def tree(data_dir: Path, as_json: bool) -> None:
    """The supervision tree, live."""
    told = ControlClient(data_dir).ask("/api/v1/tree")
    if as_json:
        show_json(told)
        return
    click.echo(told["text"])
    for letter in told["dead_letters"][-5:]:
        click.echo(f"dead letter  {time_of(letter['at'])}  {letter['actor']}: {letter['message']}: {letter['reason']}")


@click.command()
@click.argument("instrument", required=False)
@data_dir_option
@json_option
def why(instrument: str | None, data_dir: Path, as_json: bool) -> None:
    """Why INSTRUMENT (BTC-USD, btc/usd) does not trade now; without one, a line for each."""
    from urllib.parse import quote

    client = ControlClient(data_dir)
    if instrument is None:
        told = client.ask("/api/v1/why")
        if as_json:
            show_json(told)
            return
        rows = [(row["symbol"], row["gate"], row["text"]) for row in told["why"]]
        show_table(("instrument", "gate", "why"), rows, "no instrument is known yet")
        return
    told = client.ask(f"/api/v1/why/{quote(instrument.replace('/', '-'), safe='')}")
    if as_json:
        show_json(told)
        return
    click.echo(f"{told['symbol']}  {told['gate']}: {told['text']}")
    for name, value in told["numbers"].items():
        click.echo(f"  {name:<14} {value}")
    if told["gate"] != "nothing":
        click.echo(f"to change: {told['change']}")


@click.command()
@_LIMIT
@data_dir_option
@json_option
def orders(limit: int, data_dir: Path, as_json: bool) -> None:
    """The newest orders, newest first; trader247 explain takes an id as it stands here."""
    told = ControlClient(data_dir).ask(f"/api/v1/orders?limit={limit}")
    if as_json:
        show_json(told)
        return
    rows = [
        (
            time_of(order["changed_at"]),
            order["symbol"],
            f"{order['side'].lower()} {order['kind']}",
            order["quantity"],
            price(order["limit_price"]),
            order["filled"],
            order["status"],
            order["client_order_id"][:8],
            order["reason"] or order["why"],
        )
        for order in told["orders"]
    ]
    show_table(
        ("time", "instrument", "order", ">quantity", ">limit", ">filled", "state", "id", "why"), rows, "no order yet"
    )


@click.command()
@data_dir_option
@json_option
def positions(data_dir: Path, as_json: bool) -> None:
    """Open positions.

    "entry to mid" is how far the price has moved since the entry. "PnL after fees" is that move in money on the
    quantity held, less the fees of the entry: right after an entry it is a small loss.
    """
    told = ControlClient(data_dir).ask("/api/v1/positions")
    if as_json:
        show_json(told)
        return
    rows = [
        (
            held["symbol"],
            held["quantity"],
            price(held["average_entry"]),
            price(held["mid"]),
            "" if held["change_pct"] is None else f"{held['change_pct']:+z.2f} %",
            amount(held["unrealised"]),
            price(held["stop_price"]),
            price(held["target_price"]),
            held["at_venue"] or "",
            held["strategy"],
        )
        for held in told["positions"]
    ]
    head = (
        "instrument",
        ">quantity",
        ">entry",
        ">mid",
        ">entry to mid",
        ">PnL after fees",
        ">stop",
        ">target",
        "at venue",
        "strategy",
    )
    show_table(head, rows, "no position is open")


@click.command()
@data_dir_option
@json_option
def alerts(data_dir: Path, as_json: bool) -> None:
    """Alerts, those that stand first."""
    told = ControlClient(data_dir).ask("/api/v1/alerts")
    if as_json:
        show_json(told)
        return
    rows = [
        (time_of(a["changed_at"]), a["severity"], a["state"], str(a["count"]), a["key"], a["text"])
        for a in told["alerts"]
    ]
    show_table(("time", "severity", "state", ">count", "key", "text"), rows, "all quiet")
