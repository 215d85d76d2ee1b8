"""From a folder of five files to the one effective configuration, or to every fault at once.

The order in which a value is decided, the last one to say something wins:

    schema default < profile < file < environment < command line

An environment override is ``TRADER247_<SECTION>__<KEY>`` with nested keys joined by ``__``, without regard to case:
``TRADER247_POLICY__CAPS__TOTAL_PCT=10``. A command line override is ``policy.caps.total_pct=10``. Both are read as
YAML values, checked as the files are, and a fault in one names it; an override nobody knows is a fault.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import AttrsInstance, field, fields, frozen

from trader247.config.building import DEPRECATED, Builder, Deprecation
from trader247.config.checks import Contradiction, contradictions
from trader247.config.documents import Node, Unreadable, document_of, grafted
from trader247.config.faults import ConfigurationFaults, Fault, KeyPath, Place, dotted
from trader247.config.fingerprint import fingerprint
from trader247.config.folder import REFUSALS, plain_secrets, text_of
from trader247.config.profiles import under_files, values_of
from trader247.config.schema import SECTIONS, Configuration, Profile
from trader247.config.secrets import PLAIN_TEXT_REFUSED, likeness
from trader247.config.third_party import ThirdParties
from trader247.errors import ConfigurationInvalid
from trader247.model.ids import StrategyName
from trader247.model.policy_strategies import KINDS
from trader247.model.policy_terms import plain_type

__all__ = ["ENVIRONMENT_PREFIX", "Loaded", "load"]

ENVIRONMENT_PREFIX: Final = "TRADER247_"


@frozen
class Loaded:
    """An effective configuration without faults.

    ``origins`` says where each key that is not a default was said; ``notes`` are remarks for a person, such as a
    value of the profile that a file overrides. ``overrides`` are those of the command line and ``third`` the strategies
    that are not in the box, to load the same again.
    """

    configuration: Configuration
    fingerprint: str
    folder: Path
    origins: Mapping[KeyPath, Place]
    notes: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    third: ThirdParties = field(factory=lambda: ThirdParties(Path()), eq=False, repr=False)


def load(
    folder: Path,
    *,
    environ: Mapping[str, str],
    overrides: Sequence[str] = (),
    kinds: Mapping[str, type[AttrsInstance]] = KINDS,
    deprecated: Mapping[KeyPath, Deprecation] = DEPRECATED,
    third: ThirdParties | None = None,
) -> Loaded:
    """The effective configuration of a folder, the environment and the command line.

    ``environ`` is the process environment, ``overrides`` are texts ``section.key=value``, ``kinds`` the known kinds
    of strategy with the classes of their parameters. Reads five small files and those of the strategies that are not
    in the box, which it runs, once per ``third``; follows no reference.

    Raises:
        ConfigurationFaults: anything is wrong; it holds every fault, each with its place.
    """
    return _Loading(folder, kinds, deprecated, third or ThirdParties(folder)).run(environ, overrides)


class _Loading:
    """One run of ``load``: the faults and sections on their way."""

    def __init__(
        self,
        folder: Path,
        kinds: Mapping[str, type[AttrsInstance]],
        deprecated: Mapping[KeyPath, Deprecation],
        third: ThirdParties,
    ) -> None:
        self._folder = folder
        self._faults: list[Fault] = []
        self._secrets: list[Fault] = []
        self._notes: list[str] = []
        self._third = third
        self._builder = Builder(kinds, deprecated, third)

    def run(self, environ: Mapping[str, str], overrides: Sequence[str]) -> Loaded:
        files = {section: self._file(section) for section in SECTIONS}
        said = [*self._from_environment(environ), *self._from_command_line(overrides)]
        profile = self._profile(self._grafted(files, said))
        sections = files
        if profile is not None:
            kinds = self._kinds(files)
            self._note_what_files_override(files, profile, kinds)
            sections = under_files(files, profile, kinds)
        configuration = self._built(self._grafted(sections, said))
        self._faults.extend(self._builder.faults)
        told = {(fault.place.source, fault.place.line) for fault in self._builder.faults if fault.text in REFUSALS}
        self._faults.extend(fault for fault in self._secrets if (fault.place.source, fault.place.line) not in told)
        self._faults.extend(self._contradicting(configuration))
        self._faults.extend(self._not_made(configuration))
        if self._faults:
            raise ConfigurationFaults(self._faults)
        named = {terms.kind for terms in configuration.strategies.values()}
        for found in self._third.found.values():
            if found.kind in named:
                self._notes.append(f"{found.kind}: {found.path}, sha256 {found.digest[:16]}")
        code = {kind: found.digest for kind, found in self._third.found.items() if kind in named}
        return Loaded(
            configuration,
            fingerprint(configuration, code),
            self._folder,
            dict(self._builder.places),
            tuple(self._notes),
            tuple(overrides),
            self._third,
        )

    def _not_made(self, configuration: Configuration) -> Iterator[Fault]:
        """Makes each strategy that is not in the box once, where nothing else is wrong."""
        if self._faults:
            return
        for name, terms in configuration.strategies.items():
            found = self._third.found.get(terms.kind)
            text = found and found.why_not(StrategyName(name), terms.parameters, configuration.policy.entry)
            if text:
                path = ("strategies", name, "kind")
                yield Fault(self._builder.places.get(path, Place(str(self._folder))), path, text)

    # --------------------------------------------------------------------------------------------------------- files
    def _file(self, section: str) -> Node:
        path = self._folder / f"{section}.yaml"
        source = str(path)
        nothing = Node(None, Place(source, 1, 1))
        try:
            text = text_of(path)
        except ConfigurationInvalid as error:
            self._faults.append(Fault(Place(source), (section,), str(error)))
            return nothing
        self._secrets.extend(plain_secrets(text, source, section))
        return self._document(text, source, section, None) or nothing

    def _document(self, text: str, source: str, section: str, at: Place | None) -> Node | None:
        try:
            document = document_of(text, source, at)
        except Unreadable as error:
            self._faults.append(Fault(error.place, (section,), str(error)))
            return None
        self._faults.extend(Fault(place, (section,), problem) for place, problem in document.problems)
        return document.root

    # ----------------------------------------------------------------------------------------------------- overrides
    def _from_environment(self, environ: Mapping[str, str]) -> Iterator[tuple[KeyPath, Node]]:
        for name in sorted(environ):
            key = name.upper()
            if not key.startswith(ENVIRONMENT_PREFIX):
                continue
            place = Place(f"environment {name}")
            words = key.removeprefix(ENVIRONMENT_PREFIX)
            if "__" in words:
                path = tuple(word.lower() for word in words.split("__"))
                yield from self._override(path, environ[name], place)
            elif words.split("_")[0].lower() in SECTIONS:
                text = f"is no override; separate section and keys by two underscores ({ENVIRONMENT_PREFIX}APP__MODE)"
                self._faults.append(Fault(place, (), text))

    def _from_command_line(self, overrides: Sequence[str]) -> Iterator[tuple[KeyPath, Node]]:
        for text in overrides:
            key, equals, value = text.partition("=")
            shown = "(an override that is not shown)" if likeness(key) else key[:100]
            place = Place(f"command line {shown}")
            if not equals:
                self._faults.append(Fault(place, (), "is no override (SECTION.KEY=VALUE)"))
                continue
            yield from self._override(tuple(key.strip().split(".")), value, place)

    def _override(self, path: KeyPath, text: str, place: Place) -> Iterator[tuple[KeyPath, Node]]:
        if path[0] not in SECTIONS:
            self._faults.append(Fault(place, (), f"unknown section (one of {', '.join(SECTIONS)})"))
            return
        if len(path) == 1 or "" in path:
            self._faults.append(Fault(place, (), f"names no key of {path[0]}.yaml"))
            return
        kind = likeness(text)
        if kind:
            self._faults.append(Fault(place, path, PLAIN_TEXT_REFUSED.format(kind=kind)))
            return
        node = self._document(text, place.source, path[0], place)
        if node is not None:
            yield path, node

    @staticmethod
    def _grafted(sections: Mapping[str, Node], said: Sequence[tuple[KeyPath, Node]]) -> dict[str, Node]:
        merged = dict(sections)
        for path, node in said:
            merged[path[0]] = grafted(merged[path[0]], path[1:], node, replace=True)
        return merged

    # ------------------------------------------------------------------------------------------------------- profile
    @staticmethod
    def _profile(sections: Mapping[str, Node]) -> Profile | None:
        """The profile that is asked for; a faulty word is told when app.yaml is built."""
        app = sections["app"].value
        said = app.get("profile") if isinstance(app, Mapping) else None
        known = {profile.value: profile for profile in Profile}
        return known.get(said.value) if said is not None and isinstance(said.value, str) else None

    @staticmethod
    def _kinds(files: Mapping[str, Node]) -> dict[str, str]:
        """The kind of each strategy that the file names; a faulty word is told when strategies.yaml is built."""
        entries = files["strategies"].value
        if not isinstance(entries, Mapping):
            return {}
        said = {
            name: entry.value.get("kind") if isinstance(entry.value, Mapping) else None
            for name, entry in entries.items()
        }
        return {name: "rules" if kind is None else str(kind.value) for name, kind in said.items()}

    def _note_what_files_override(self, files: Mapping[str, Node], profile: Profile, kinds: Mapping[str, str]) -> None:
        for path, _node in values_of(profile, kinds):
            node: Node | None = files[path[0]]
            for key in path[1:]:
                node = node.value.get(key) if node is not None and isinstance(node.value, Mapping) else None
            if node is not None:
                self._notes.append(f"{node.place}: {dotted(path)}: stands over the value of profile {profile}")

    # -------------------------------------------------------------------------------------------------------- values
    def _built(self, sections: Mapping[str, Node]) -> Configuration:
        silent = Configuration()
        values = {
            attribute.name: self._builder.value(
                plain_type(attribute),
                None,
                sections[attribute.name],
                (attribute.name,),
                getattr(silent, attribute.name),
            )
            for attribute in fields(Configuration)
        }
        return Configuration(**values)

    def _contradicting(self, configuration: Configuration) -> Iterator[Fault]:
        faulty = {fault.path for fault in self._faults if fault.path}
        for found in contradictions(configuration):
            if not any(_touches(key, path) for key in found.keys for path in faulty):
                yield Fault(self._place_of(found), found.path, found.text)

    def _place_of(self, found: Contradiction) -> Place:
        """Where the key was said; or another key that is part of it; or the nearest section around it."""
        places = self._builder.places
        said = next((places[key] for key in found.keys if key in places), None)
        if said is not None:
            return said
        around = (found.path[:length] for length in range(len(found.path), 0, -1))
        return next((places[path] for path in around if path in places), Place(f"{found.path[0]}.yaml", 1, 1))


def _touches(key: KeyPath, faulty: KeyPath) -> bool:
    shorter = min(len(key), len(faulty))
    return key[:shorter] == faulty[:shorter]
