"""The schema for others: JSON Schema of each file for editors, and the reference page, both made from the classes.

Nothing here is written by hand twice: types, defaults, units, bounds and reasons come from the annotations that also
validate. Objects are closed, so an editor underlines an unknown key as the loader refuses it. A number's bounds are
those of the loader, compiled-in ceilings included.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

from attrs import NOTHING, AttrsInstance, fields, has

from trader247.config.building import FROM_ELSEWHERE, default_of
from trader247.config.fingerprint import as_plain
from trader247.config.profiles import PROFILES
from trader247.config.schema import SECTIONS, Configuration
from trader247.config.secrets import SecretReference
from trader247.model.instrument import Symbol
from trader247.model.policy_strategies import KINDS, StrategyTerms
from trader247.model.policy_terms import Term, plain_type, term_of

__all__ = ["json_schema", "reference_page"]

_NAME: Final = "^[A-Za-z][A-Za-z0-9_]{0,39}$"
_SIMPLE: Final[Mapping[Any, dict[str, Any]]] = {
    Decimal: {"type": "number"},
    float: {"type": "number"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    str: {"type": "string", "minLength": 1},
    Symbol: {"type": "string", "pattern": "^[A-Za-z0-9]{1,12}[-/_][A-Za-z0-9]{2,6}$"},
    SecretReference: {"type": "string", "pattern": "^(env|file|cred):.+$"},
}


# --------------------------------------------------------------------------------------------------------- JSON Schema
def json_schema(section: str, kinds: Mapping[str, type[AttrsInstance]] = KINDS) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of ``section.yaml``, as plain data.

    Raises:
        ValueError: there is no such section.
    """
    if section not in SECTIONS:
        raise ValueError(f"no section {section!r} (one of {', '.join(SECTIONS)})")
    attribute = next(known for known in fields(Configuration) if known.name == section)
    schema = _schema_of(plain_type(attribute), term_of(attribute), kinds)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"trader247 {section}.yaml",
        **schema,
        "type": ["object", "null"],
    }


def _schema_of(wanted: Any, term: Term | None, kinds: Mapping[str, type[AttrsInstance]]) -> dict[str, Any]:
    schema = _shape_of(wanted, kinds)
    if term is None:
        return schema
    if term.why:
        schema["description"] = f"{term.why} [{term.unit}]" if term.unit else term.why
    bounds = {"exclusiveMinimum": term.above, "minimum": term.least, "exclusiveMaximum": term.below}
    highest = [bound for bound in (term.most, term.ceiling) if bound is not None]
    bounds["maximum"] = min(highest) if highest else None
    schema.update({name: _number(bound) for name, bound in bounds.items() if bound is not None})
    return schema


def _shape_of(wanted: Any, kinds: Mapping[str, type[AttrsInstance]]) -> dict[str, Any]:
    if wanted in _SIMPLE:
        return dict(_SIMPLE[wanted])
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return {"type": "string", "enum": [choice.value for choice in wanted]}
    if get_origin(wanted) in {Union, UnionType}:
        inner = next(option for option in get_args(wanted) if option is not NoneType)
        return {"anyOf": [_shape_of(inner, kinds), {"type": "null"}]}
    if get_origin(wanted) is Mapping:
        entry = _schema_of(get_args(wanted)[1], None, kinds)
        return {"type": ["object", "null"], "propertyNames": {"pattern": _NAME}, "additionalProperties": entry}
    if get_origin(wanted) is tuple:
        return {"type": "array", "uniqueItems": True, "items": _schema_of(get_args(wanted)[0], None, kinds)}
    return _object(wanted, kinds)


def _object(wanted: Any, kinds: Mapping[str, type[AttrsInstance]]) -> dict[str, Any]:
    properties = {}
    for attribute in fields(wanted):
        if wanted is StrategyTerms and attribute.name in {"kind", "parameters"}:
            continue
        properties[attribute.name] = _described(attribute, kinds)
    schema = {"type": ["object", "null"], "additionalProperties": False, "properties": properties}
    if wanted is StrategyTerms:
        silent = StrategyTerms().kind
        elsewhere = {"type": "string", "pattern": f"^({'|'.join(FROM_ELSEWHERE)}).+$"}
        properties["kind"] = {"anyOf": [{"type": "string", "enum": sorted(kinds)}, elsewhere], "default": silent}
        properties["parameters"] = {}
        schema["allOf"] = [
            {
                "if": {"properties": {"kind": {"const": kind}}, "required": [] if kind == silent else ["kind"]},
                "then": {"properties": {"parameters": _object(parameters, kinds)}},
            }
            for kind, parameters in sorted(kinds.items())
        ]
    return schema


def _described(attribute: Any, kinds: Mapping[str, type[AttrsInstance]]) -> dict[str, Any]:
    schema = _schema_of(plain_type(attribute), term_of(attribute), kinds)
    default = default_of(attribute)
    if default is not NOTHING and not has(type(default)):
        schema["default"] = _number(default) if isinstance(default, Decimal) else as_plain(default)
    return schema


def _number(value: Any) -> int | float:
    """A bound or default as JSON has it; these are short decimals, so the float prints as it was written."""
    return int(value) if value == int(value) else float(value)


# ------------------------------------------------------------------------------------------------------ reference page
_OPENING: Final = """# Configuration

*This page is made from the schema; change the schema, not the page.*

Five files in one folder: `--config DIR`, else `config/` in the working folder, else the copy that came with the
program. All five must be there; every key may be left out, and an empty file means its defaults. Unknown, deprecated,
contradictory and unsafe values stop the start, all told at once, each with its file and line.

The last one to say something wins: schema default < profile (`app.yaml`) < file < environment < command line.
An environment override is `TRADER247_<SECTION>__<KEY>`, nested keys joined by `__`:
`TRADER247_POLICY__CAPS__TOTAL_PCT=10`. On the command line the same is `policy.caps.total_pct=10`.

Secrets stand nowhere in these files. A key of type *secret* holds `env:NAME`, `file:PATH` (a regular file of mode
0600, no symbolic link) or `cred:NAME` (systemd's `LoadCredential`).

*Ceiling* is compiled in: a value above it is refused although it makes sense. *Reload* says whether a new value
is safe for a running daemon; the others need a restart.
"""


def reference_page() -> str:
    """The page docs/reference/configuration.md: a table for each section, made from the schema."""
    parts = [_OPENING]
    for section in SECTIONS:
        parts.append(f"\n## {section}.yaml\n")
        attribute = next(known for known in fields(Configuration) if known.name == section)
        wanted = plain_type(attribute)
        if has(wanted):
            parts.extend(_table(_rows(wanted, default_of(attribute), ())))
            continue
        parts.append("Each strategy stands under its own name (a letter, then letters, digits, `_`).\n")
        parts.extend(_table(_rows(StrategyTerms, StrategyTerms(), ("NAME",))))
        parts.extend(_other_kinds())
    parts.extend(_profiles())
    return "\n".join(parts).rstrip("\n") + "\n"


def _other_kinds() -> Iterator[str]:
    """The parameters of the kinds that are not the silent one; ``sizing`` is the same section in all that have it."""
    silent = StrategyTerms()
    for kind, parameters in KINDS.items():
        if kind == silent.kind:
            continue
        sized = "; `sizing` has the keys above" if hasattr(parameters(), "sizing") else ""
        yield f"\nParameters of kind `{kind}`{sized}:\n"
        rows = _rows(parameters, parameters(), ("NAME", "parameters"))
        yield from _table(row for row in rows if ".sizing." not in row[0])


def _profiles() -> Iterator[str]:
    yield "\n## Profiles\n"
    yield "What `profile` in app.yaml puts under the files; in `strategies` a kind stands for each strategy of it.\n"
    yield _row(("key", *PROFILES))
    yield _row(("---",) * (len(PROFILES) + 1))
    for key in next(iter(PROFILES.values())):
        yield _row((f"`{key}`", *(f"`{values[key]}`" for values in PROFILES.values())))


def _table(rows: Iterator[tuple[str, ...]]) -> list[str]:
    head = ("key", "type", "default", "unit", "allowed", "ceiling", "reload", "what for")
    return [_row(head), _row(("---",) * len(head)), *(_row(row) for row in rows)]


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _rows(wanted: Any, silent: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for attribute in fields(wanted):
        value, name = getattr(silent, attribute.name), (*path, attribute.name)
        term = term_of(attribute)
        if term is None:
            yield from _rows(type(value), value, name)
            continue
        yield (
            f"`{'.'.join(name)}`",
            _type_name(plain_type(attribute)),
            _default_text(value),
            term.unit,
            _allowed(plain_type(attribute), term),
            str(term.ceiling) if term.ceiling is not None else "",
            "yes" if term.reload else "no",
            term.why,
        )


def _type_name(wanted: Any) -> str:
    named = {
        Decimal: "number", float: "number", int: "whole number", bool: "true or false",
        str: "text", Symbol: "instrument", SecretReference: "secret",
    }  # fmt: skip
    if wanted in named:
        return named[wanted]
    if get_origin(wanted) in {Union, UnionType}:
        return _type_name(next(option for option in get_args(wanted) if option is not NoneType))
    if get_origin(wanted) is tuple:
        return f"list of {_type_name(get_args(wanted)[0])}s"
    if get_origin(wanted) is Mapping:
        return f"names to {_type_name(get_args(wanted)[1])}"
    return "word"


def _allowed(wanted: Any, term: Term) -> str:
    options = [option for option in get_args(wanted) if option is not NoneType]
    choice = options[0] if get_origin(wanted) in {Union, UnionType} else wanted
    if isinstance(choice, type) and issubclass(choice, StrEnum):
        return ", ".join(f"`{option.value}`" for option in choice)
    return term.allowed


def _default_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, float):
        return f"`{value:g}`"
    simple = as_plain(value)
    return f"`{json.dumps(simple) if isinstance(simple, list | dict) else simple}`".replace('"', "")
