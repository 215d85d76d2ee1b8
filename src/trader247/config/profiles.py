"""Profiles: sets of values for one temper of trading, lying under the files and over the schema's defaults (C3).

The order in which a value is decided, the last one to say something wins:

    schema default < profile < file < environment < command line

A profile's numbers are written as text, exactly as a file would hold them.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from trader247.config.documents import Node, document_of, grafted
from trader247.config.faults import KeyPath, Place
from trader247.config.schema import Profile

__all__ = ["PROFILES", "under_files", "values_of"]

_SIZED: Final = ("breakout", "mean_reversion", "momentum", "rules")
"""The kinds that size an entry by their own parameters."""
_BASE_SIZES: Final = f"strategies.{'/'.join(_SIZED)}.parameters.sizing.tier_base_pct"
_MOST_SIZES: Final = f"strategies.{'/'.join(_SIZED)}.parameters.sizing.max_position_pct"
_MIRRORED: Final = "strategies.external.parameters.max_position_pct"
"""A mirrored position is held to what the rotational tier is: nobody here has looked at it."""
_CROSSING: Final = "strategies.ema_cross.parameters.notional_pct"
"""Nothing is told from volatility there: each entry is what the rotational tier begins with."""
_REVERSAL_STOP: Final = "strategies.rules.parameters.rules.reversal.stop_pct"
"""The one stop of the rule table that is wider than two of the profiles allow."""

PROFILES: Final[Mapping[Profile, Mapping[str, str]]] = {
    Profile.CONSERVATIVE: {
        "policy.caps.total_pct": "25",
        "policy.caps.open_positions": "5",
        "policy.entry.stop_pct_max": "10",
        "policy.entry.min_conviction": "0.40",
        _REVERSAL_STOP: "10",
        _BASE_SIZES: "{core: 1.5, rotational: 1.0, event_driven: 0.5}",
        _MOST_SIZES: "{core: 3, rotational: 2, event_driven: 1}",
        _MIRRORED: "2",
        _CROSSING: "1.0",
    },
    Profile.SWING: {
        "policy.caps.total_pct": "30",
        "policy.caps.open_positions": "8",
        "policy.entry.stop_pct_max": "15",
        "policy.entry.min_conviction": "0.34",
        _REVERSAL_STOP: "12",
        _BASE_SIZES: "{core: 2.0, rotational: 1.2, event_driven: 0.5}",
        _MOST_SIZES: "{core: 4, rotational: 2.5, event_driven: 1}",
        _MIRRORED: "2.5",
        _CROSSING: "1.2",
    },
    Profile.DAY: {
        "policy.caps.total_pct": "40",
        "policy.caps.open_positions": "12",
        "policy.entry.stop_pct_max": "10",
        "policy.entry.min_conviction": "0.30",
        _REVERSAL_STOP: "10",
        _BASE_SIZES: "{core: 3.0, rotational: 2.0, event_driven: 0.7}",
        _MOST_SIZES: "{core: 5, rotational: 3, event_driven: 1.5}",
        _MIRRORED: "3",
        _CROSSING: "2.0",
    },
}
"""In ``strategies`` the word in the middle is a kind, or several: it stands for every strategy of them in the file. One
that comes from a file or a package has parameters that nobody here knows; the policy holds it all the same.
"""


def values_of(profile: Profile, strategies: Mapping[str, str]) -> Iterator[tuple[KeyPath, Node]]:
    """The profile's values as nodes, one path for each scalar or section of scalars.

    ``strategies``: the kind of each strategy, by name.
    """
    for dotted, text in PROFILES[profile].items():
        at = Place(f"profile {profile}")
        node = document_of(text, at.source, at).root
        section, *keys = dotted.split(".")
        if section != "strategies":
            yield (section, *keys), node
            continue
        kinds = keys[0].split("/")
        for name, kind in strategies.items():
            if kind in kinds:
                yield (section, name, *keys[1:]), node


def under_files(sections: Mapping[str, Node], profile: Profile, strategies: Mapping[str, str]) -> dict[str, Node]:
    """The sections with the profile's values put wherever the files are silent."""
    merged = dict(sections)
    for path, node in values_of(profile, strategies):
        for below, leaf in _leaves(path, node):
            merged[below[0]] = grafted(merged[below[0]], below[1:], leaf, replace=False)
    return merged


def _leaves(path: KeyPath, node: Node) -> Iterator[tuple[KeyPath, Node]]:
    if isinstance(node.value, Mapping):
        for key, entry in node.value.items():
            yield from _leaves((*path, key), entry)
    else:
        yield path, node
