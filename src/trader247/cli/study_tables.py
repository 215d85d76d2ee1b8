"""The results of a study as tables of text."""

from collections.abc import Sequence
from typing import Any, Final

import click

from trader247.cli.rendering import counted, show_table

__all__ = ["show_sweep", "show_walk"]

_SHOWN_MAX: Final = 20
"""Trials on a terminal; the JSON document and the page have all."""
_FIGURES: Final = (
    ("pnl %", "pnl_pct"),
    ("drawdown %", "max_drawdown_pct"),
    ("trades", "trades"),
    ("profit factor", "profit_factor"),
    ("sharpe", "sharpe"),
)


def show_sweep(document: dict[str, Any]) -> None:
    """The best trials, best first."""
    study, trials = document["study"], {trial["number"]: trial for trial in document["trials"]}
    click.echo(f"{study['from']} to {study['to']}, {len(trials):,} of {document['planned']:,} trials")
    if document["partial"]:
        click.echo("PARTIAL: interrupted; the same command with the same --study goes on")
    keys = study["axes"]
    figures = [figure for figure in _FIGURES if figure[1] != study["metric"]]
    head = (
        ">trial",
        *(f">{name}" for name in _short(keys)),
        f">{study['metric']}",
        *(f">{name}" for name, _ in figures),
    )
    rows = [
        (
            str(number),
            *(trials[number]["params"][key] for key in keys),
            _said(trials[number]["score"]),
            *(_said((trials[number]["summary"] or {}).get(key)) for _, key in figures),
        )
        for number in document["ranking"][:_SHOWN_MAX]
    ]
    show_table(head, rows, "no trial was finished")
    if len(trials) > _SHOWN_MAX:
        click.echo(f"and {len(trials) - _SHOWN_MAX:,} more: --report and --html have all")
    summaries = [trial["summary"] for trial in document["trials"] if trial["summary"]]
    if len(summaries) > 1 and all(each == summaries[0] for each in summaries):
        click.echo("all trials came to the same: what was varied decided nothing over these data")
    refused = [trial for trial in document["trials"] if trial["refused"]]
    if refused:
        many = counted(len(refused), "trial contradicts itself", "trials contradict themselves")
        click.echo(f"{many} and did not run, the first: {refused[0]['refused']}")


def show_walk(document: dict[str, Any]) -> None:
    """A line per window, and what all tests together came to."""
    study, keys, metric = document["study"], document["study"]["axes"], document["study"]["metric"]
    if document["partial"]:
        click.echo("PARTIAL: interrupted; the same command with the same --study goes on")
    names = _short(keys)
    head = (
        ">window",
        "test from",
        "test to",
        *(f">{name}" for name in names),
        f">train {metric}",
        f">test {metric}",
        ">test pnl %",
        ">trades",
    )
    rows = [
        (
            str(row["number"]),
            row["test_from"][:16],
            row["test_to"][:16],
            *((row["params"] or {}).get(key, "-") for key in keys),
            _said(row["train_score"]),
            _said(row["test_score"]),
            _said((row["test"] or {}).get("pnl_pct")),
            _said((row["test"] or {}).get("trades")),
        )
        for row in document["windows"]
    ]
    show_table(head, rows, "no window")
    whole = document["out_of_sample"]["summary"]
    told = ", ".join(f"{name} {_said(whole[key])}" for name, key in _FIGURES)
    click.echo(f"out of sample, {whole['days']:g} days: {told}")
    click.echo(f"ranked by {metric}, {study['better']} is better")


def _short(keys: Sequence[str]) -> list[str]:
    """The last words of the keys, where they tell them apart."""
    last = [key.rpartition(".")[2] for key in keys]
    return [word if last.count(word) == 1 else key for word, key in zip(last, keys, strict=True)]


def _said(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
