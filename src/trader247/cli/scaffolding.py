"""``new-strategy``: a strategy in a file of its own, with the test that shows what it does."""

import json
import re
from pathlib import Path

import click

__all__ = ["new_strategy"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
"""What strategies.yaml takes as a name, and Python as a file to import."""


@click.command("new-strategy")
@click.argument("name")
@click.option(
    "--into",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where the two files go. [default: the working folder]",
)
def new_strategy(name: str, folder: Path) -> None:
    """Write a strategy and its test, and say what to put into strategies.yaml.

    NAME is that of the strategy and of its file: small letters, digits and _. Nothing that is there is replaced.
    """
    import shlex
    import sys
    from importlib.resources import files
    from keyword import iskeyword

    from trader247.errors import Trader247Error

    if _NAME.fullmatch(name) is None or iskeyword(name):
        raise click.BadParameter(f"{name!r} will not do: a small letter, then at most 39 small letters, digits or _")
    if name in sys.stdlib_module_names:
        # its test imports the file by name, from the front of the path
        raise click.BadParameter(f"{name!r} will not do: Python has a module of this name; choose another")
    made = "".join(part.capitalize() for part in name.split("_"))
    templates = files("trader247.cli") / "templates"
    if made in _names_in((templates / "strategy.txt").read_text(encoding="utf-8")):
        raise click.BadParameter(
            f"{name!r} will not do: its class {made} would hide what the file uses; choose another"
        )
    wanted = {folder / f"{name}.py": "strategy.txt", folder / f"test_{name}.py": "strategy_test.txt"}
    there = next((path for path in wanted if path.exists() or path.is_symlink()), None)
    if there is not None:
        raise Trader247Error(f"{there} is there already; nothing was written. Choose another name, or --into a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, template in wanted.items():
            text = (templates / template).read_text(encoding="utf-8")
            with path.open("x", encoding="utf-8") as file:
                file.write(text.replace("CLASS_NAME", made).replace("FILE_NAME", f"{name}.py"))
    except OSError as error:
        raise Trader247Error(f"{error.filename or folder} cannot be written: {error.strerror}") from None
    strategy, test = (path.resolve() for path in wanted)
    tried = shlex.join([sys.executable, "-m", "pytest", str(test)])
    click.echo(f"{strategy}\n{test}\n\nTry it: {tried}\nPut this into strategies.yaml:\n")
    click.echo(f"{name}:\n  {{kind: {json.dumps(f'path:{strategy}:{made}', ensure_ascii=False)}, enabled: true}}")


def _names_in(source: str) -> frozenset[str]:
    """What the source imports and defines."""
    import ast

    return frozenset(
        each.asname or each.name if isinstance(each, ast.alias) else each.name
        for each in ast.walk(ast.parse(source))
        if isinstance(each, ast.alias | ast.ClassDef)
    )
