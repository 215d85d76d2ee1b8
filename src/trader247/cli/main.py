"""``trader247``: the table of commands, each loaded only when it is called, so that ``--help`` is quick.

A command that fails with an error this program can explain prints that one text and leaves with the error's exit code:
0 done, 1 failed or found differences, 2 usage or configuration, 3 refused by a gate, 4 another instance runs, 5 stopped
by an unrecoverable fault, 75 ended the hard way because a part of it could not be stopped, 130 interrupted.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from trader247 import __version__
from trader247.errors import Trader247Error

__all__ = ["COMMANDS", "main"]

COMMANDS: Final[dict[str, tuple[str, str, str]]] = {
    "supervise": ("trader247.cli.supervising", "supervise", "Run the daemon until it is told to stop."),
    "check": ("trader247.cli.supervising", "check", "Say everything that is wrong with the configuration."),
    "status": ("trader247.cli.reading", "status", "State, permit panel, account, last cycle."),
    "tree": ("trader247.cli.reading", "tree", "The supervision tree, live."),
    "why": ("trader247.cli.reading", "why", "Why an instrument does not trade now."),
    "orders": ("trader247.cli.reading", "orders", "The newest orders."),
    "positions": ("trader247.cli.reading", "positions", "Open positions."),
    "alerts": ("trader247.cli.reading", "alerts", "Alerts, those that stand first."),
    "explain": ("trader247.cli.explaining", "explain", "An order's story, from any of its ids."),
    "halt": ("trader247.cli.steering", "halt", "Halt now: no entries, working orders cancelled."),
    "resume": ("trader247.cli.steering", "resume", "End a halt."),
    "pause": ("trader247.cli.steering", "pause", "Exits and cancels only."),
    "activate": ("trader247.cli.steering", "activate", "Allow entries again."),
    "ban": ("trader247.cli.steering", "ban", "No entries into an instrument for a time."),
    "unban": ("trader247.cli.steering", "unban", "Lift a ban."),
    "bans": ("trader247.cli.steering", "bans", "The bans in force."),
    "breaker": ("trader247.cli.steering", "breaker", "Show, hold open and close breakers."),
    "flatten": ("trader247.cli.steering", "flatten", "Sell every position, and enter none."),
    "accept-balances": ("trader247.cli.steering", "accept_balances", "Take balances that differ into the books."),
    "reload": ("trader247.cli.steering", "reload", "Take over the changed configuration files."),
    "audit": ("trader247.cli.auditing", "audit", "Verify, show and export the journal of a stopped daemon."),
    "db": ("trader247.cli.databasing", "db", "Rebuild, copy and move the database of a stopped daemon."),
    "config": ("trader247.cli.configuring", "config", "Schema for editors, effective values."),
    "backtest": ("trader247.cli.backtesting", "backtest", "The daemon's decisions over recorded markets."),
    "data": ("trader247.cli.recordings", "data", "Check recorded markets before they are used."),
    "new-strategy": ("trader247.cli.scaffolding", "new_strategy", "A strategy of your own, with its test."),
    "simulate": ("trader247.cli.simulating", "simulate", "The daemon under faults in virtual time, judged."),
    "exchange": ("trader247.cli.exchanging", "exchange", "The simulated exchange alone, for other clients."),
    "chaos": ("trader247.cli.steering", "chaos", "Fault injection, on the embedded venue only."),
}
"""Name of the command: module, object, and the line of ``--help``. The order here is the order shown."""


class Commands(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, freshly imported, or None where there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """From the table alone: help imports no command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in COMMANDS.items()])

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """As click's, with the exit codes of this program."""
        try:
            return super().main(args, *rest, **extra)
        except Trader247Error as error:
            click.echo(f"{type(error).__name__}: {error}" if not str(error) else str(error), err=True)
            sys.exit(error.exit_code)
        except OSError as error:  # of the machine: a full disk behind the output, a name that is too long
            named = f"{error.filename}: " if error.filename else "the output or a file cannot be used: "
            click.echo(f"{named}{error.strerror or error}", err=True)
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Ctrl-C leaves with 130, as shells expect."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="trader247")
def main() -> None:
    """A supervised, rules-first, spot-only trading daemon.

    Strategies propose. One risk arbiter disposes. Every order is written down before it is sent.
    """
