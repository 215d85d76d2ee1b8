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

_SIZING: Final = "parameters.sizing"
_REVERSAL_STOP: Final = "strategies.*.parameters.rules.reversal.stop_pct"
"""The one stop of the rule table that is wider than two of the profiles allow."""

PROFILES: Final[Mapping[Profile, Mapping[str, str]]] = {
    Profile.CONSERVATIVE: {
        "policy.caps.total_pct": "25",
        "policy.caps.open_positions": "5",
        "policy.entry.stop_pct_max": "10",
        "policy.entry.min_conviction": "0.40",
        _REVERSAL_STOP: "10",
        f"strategies.*.{_SIZING}.tier_base_pct": "{core: 1.5, rotational: 1.0, event_driven: 0.5}",
        f"strategies.*.{_SIZING}.max_position_pct": "{core: 3, rotational: 2, event_driven: 1}",
    },
    Profile.SWING: {
        "policy.caps.total_pct": "30",
        "policy.caps.open_positions": "8",
        "policy.entry.stop_pct_max": "15",
        "policy.entry.min_conviction": "0.34",
        _REVERSAL_STOP: "12",
        f"strategies.*.{_SIZING}.tier_base_pct": "{core: 2.0, rotational: 1.2, event_driven: 0.5}",
        f"strategies.*.{_SIZING}.max_position_pct": "{core: 4, rotational: 2.5, event_driven: 1}",
    },
    Profile.DAY: {
        "policy.caps.total_pct": "40",
        "policy.caps.open_positions": "12",
        "policy.entry.stop_pct_max": "10",
        "policy.entry.min_conviction": "0.30",
        _REVERSAL_STOP: "10",
        f"strategies.*.{_SIZING}.tier_base_pct": "{core: 3.0, rotational: 2.0, event_driven: 0.7}",
        f"strategies.*.{_SIZING}.max_position_pct": "{core: 5, rotational: 3, event_driven: 1.5}",
    },
}
"""A ``*`` stands for every strategy of kind ``rules`` that the file names."""


def values_of(profile: Profile, strategies: tuple[str, ...]) -> Iterator[tuple[KeyPath, Node]]:
    """The profile's values as nodes, one path for each scalar or section of scalars.

    ``strategies``: the names of the strategies of kind ``rules``.
    """
    for dotted, text in PROFILES[profile].items():
        at = Place(f"profile {profile}")
        node = document_of(text, at.source, at).root
        section, *keys = dotted.split(".")
        if keys[0] != "*":
            yield (section, *keys), node
            continue
        for name in strategies:
            yield (section, name, *keys[1:]), node


def under_files(sections: Mapping[str, Node], profile: Profile, strategies: tuple[str, ...]) -> dict[str, Node]:
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
