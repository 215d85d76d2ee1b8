"""``explain``: the story of an order from its proposal to its profit, of a daemon that runs or has stopped.

A running daemon is asked over its control socket, because the database belongs to one process at a time; where none
answers, the journal is read directly.
"""

from pathlib import Path
from typing import Any

import click

from trader247.cli.rendering import lasting, show_json
from trader247.cli.stopped_journal import journal_options, named_server, opened

__all__ = ["explain"]


@click.command()
@click.argument("id", metavar="ID")
@journal_options
@click.option("--json", "as_json", is_flag=True, help="The same facts, for programs.")
def explain(id: str, data_dir: Path | None, folder: Path | None, sets: tuple[str, ...], as_json: bool) -> None:  # noqa: A002 - the argument's name in the help
    """Tell proposal, verdict, intent, order, fills and PnL of ID, and of every order of the same position.

    ID is a proposal, intent, client order, venue order, fill or cycle id, a row number of the journal, or a beginning
    (6 characters or more) that only one of them has.
    """
    view = _asked(id, data_dir, folder, sets)
    if view is None:
        from trader247.core.explain import story_view
        from trader247.store.explaining import explained

        with opened(data_dir, folder, sets) as database:
            view = story_view(explained(database, id))
    if as_json:
        show_json(view)
        return
    from trader247.core.explain_lines import lines_of

    for step in view["steps"]:
        step["text"] = _read_in_hours(step["text"], step["facts"].get("max_hold_s"))
    for line in lines_of(view):
        click.echo(line)


def _read_in_hours(text: str, max_hold_s: int | None) -> str:
    """The longest hold as a person counts it; programs keep the seconds."""
    return text if max_hold_s is None else text.replace(f"at most {max_hold_s} s", f"at most {lasting(max_hold_s)}", 1)


def _asked(key: str, data_dir: Path | None, folder: Path | None, sets: tuple[str, ...]) -> Any:
    """What the running daemon says, or None where none listens."""
    from urllib.parse import quote

    from trader247.cli.socket_client import ControlClient
    from trader247.web.sockets import connect_control

    state = data_dir if data_dir is not None else named_server(data_dir, folder, sets)[1]
    try:
        connect_control(state).close()
    except OSError:
        return None  # a daemon that was killed leaves its socket behind, and nobody listens on it
    return ControlClient(state).ask(f"/api/v1/explain/{quote(key, safe='')}")
