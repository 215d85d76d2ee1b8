"""Finding the rows of one story, from any of its ids, in three looks at the journal. Pure: somebody else reads it.

=========  ============================================  ===========================================================
look       which rows                                    what is learnt
=========  ============================================  ===========================================================
NAMED      those that hold the text that was asked for   which one thing is meant, its proposals, intents, symbols
HELD       fills of those symbols                        the positions those intents made, and who else made them
TOLD       everything of those ids and positions         the story
=========  ============================================  ===========================================================

A position is known by its symbol and the time it was opened: every fill says to which it belongs. A sale that never
filled belongs to the position that was open while it was made.
"""

import json
from enum import Enum
from typing import Final

from attrs import define, evolve, field, frozen

from trader247.core.explain_ids import BOOKED, CYCLE, ID_KINDS, Bearer, Row, What, bearer
from trader247.errors import Trader247Error
from trader247.model.ids import ProposalId, cycle_of
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol

__all__ = ["PREFIX_CHARS_MIN", "ROWS_MAX", "Ambiguous", "Found", "Look", "Search", "Subject", "UnknownId", "Wanted"]

PREFIX_CHARS_MIN: Final = 6
"""A shorter beginning of an id would name half a journal."""
ROWS_MAX: Final = 5_000
"""Rows of one story: an exit that is tried once a second for an hour. What is more is counted."""
_LATE_ROWS: Final = 1_000
"""So many rows after a position was closed, the last word of a sale that did not fill is still looked for."""
_CANDIDATES_MAX: Final = 50
"""More things that begin with the same text are not told apart; a person has to say more."""
_SHOWN_MAX: Final = 5
_SEQ_MAX: Final = 2**63 - 1


class UnknownId(Trader247Error):
    """Nothing in the journal has this id, number or beginning."""


class Ambiguous(Trader247Error):
    """Several things begin with this text; it takes more of it."""


class Look(Enum):
    """The three looks, in their order."""

    NAMED = "named"
    HELD = "held"
    TOLD = "told"


@frozen
class Wanted:
    """Rows of these kinds whose body holds one of these texts, or from ``near_first`` to ``near_last`` one of
    ``near``; and in any case the row ``seq``.
    """

    kinds: tuple[str, ...]
    texts: tuple[str, ...]
    seq: int | None = None
    near: tuple[str, ...] = ()
    near_first: int = 0
    near_last: int = 0


@frozen
class Subject:
    """What was asked for."""

    what: What
    name: str


@frozen
class Found:
    """The rows of a story, oldest first. ``left_out``: how many more there are than ``ROWS_MAX``."""

    subject: Subject
    rows: tuple[Row, ...]
    left_out: int = 0


@define
class _Links:
    """Whose rows belong together. ``sales`` are intents that sell, with the row in which they were first seen."""

    intents: set[str] = field(factory=set)
    proposals: set[ProposalId] = field(factory=set)
    cycles: set[str] = field(factory=set)
    symbols: set[Symbol] = field(factory=set)
    sales: dict[str, tuple[Symbol, int]] = field(factory=dict)

    def add(self, row: Row, of: Bearer) -> None:
        if of.symbol is not None:
            self.symbols.add(of.symbol)
        if of.proposal is not None:
            self.proposals.add(of.proposal)
        if of.intent is not None:
            self.intents.add(of.intent)
            if of.leaves and of.symbol is not None:
                self.sales.setdefault(of.intent, (of.symbol, row.seq))


@define
class _Span:
    """A position's rows: from its first fill to the one that closed it; ``last`` is None while it is open."""

    first: int
    last: int | None = None
    intents: set[str] = field(factory=set)
    proposals: set[ProposalId] = field(factory=set)

    def holds(self, seq: int) -> bool:
        return self.first <= seq and (self.last is None or seq <= self.last)


class Search:
    """Give it every row ``wanted`` asks for, oldest first, then ``turn``; until ``turn`` answers what was found."""

    def __init__(self, key: str) -> None:
        """``key``: an id, the beginning of one (at least ``PREFIX_CHARS_MIN`` characters), or a row's number.

        A whole id is meant before a number, a number before a beginning.
        """
        self._key = key
        number = int(key) if key.isascii() and key.isdecimal() and len(key) < 20 else None
        self._number = number if number is not None and 0 < number <= _SEQ_MAX else None
        self._numbered: Row | None = None
        self._stands_in = False
        self._named: dict[Subject, _Links] = {}
        self._subject = Subject(What.ROW, key)
        self._links = _Links()
        self._spans: dict[tuple[Symbol, Instant], _Span] = {}
        self._others: set[str] = set()
        self._own: set[str] = set()
        self._rows: list[Row] = []
        self._left_out = 0
        self.look = Look.NAMED

    @property
    def wanted(self) -> Wanted:
        """What this look has to be given; other rows do no harm."""
        symbols = tuple(f'"{symbol}"' for symbol in sorted(self._links.symbols))
        match self.look:
            case Look.NAMED:
                return Wanted(ID_KINDS if self._key else (), (_spelled(self._key),), self._number)
            case Look.HELD:
                return Wanted((BOOKED,) if symbols else (), symbols)
            case Look.TOLD:
                # an entry carries its cycle in its proposal; an exit is made and ends while its position is open
                texts = tuple(_spelled(name) for name in sorted(self._links.cycles | self._own))
                if not self._spans:
                    return Wanted(ID_KINDS if texts else (), texts)
                first = min(span.first for span in self._spans.values())
                ends = [_SEQ_MAX if span.last is None else span.last + _LATE_ROWS for span in self._spans.values()]
                return Wanted(ID_KINDS, texts, None, symbols, first, max(ends))

    def take(self, row: Row) -> None:
        """One row of this look."""
        of = bearer(row)
        if self.look is Look.NAMED:
            self._name(row, of)
        elif of is not None and self.look is Look.HELD:
            self._hold(row, of)
        elif of is not None and self._belongs(row, of):
            self._keep(row)

    def turn(self) -> Found | None:
        """The look is over. Answers after the last one; before that, ``wanted`` has changed.

        Raises:
            UnknownId: nothing is called so.
            Ambiguous: several things are.
        """
        if self.look is Look.NAMED:
            self.look = Look.HELD if self._chosen() else Look.NAMED
            return None
        if self.look is Look.HELD:
            self._link()
            self.look = Look.TOLD
            return None
        if self._subject.what is What.ROW and self._numbered is not None and not self._rows:
            self._rows.append(self._numbered)
        return Found(self._subject, tuple(self._rows), self._left_out)

    # ------------------------------------------------------------------------------------------------------ NAMED
    def _name(self, row: Row, of: Bearer | None) -> None:
        if row.seq == self._number:
            self._numbered = row
        if of is None:
            return
        for what, name in of.ids:
            if name != self._key and not (len(self._key) >= PREFIX_CHARS_MIN and name.startswith(self._key)):
                continue
            subject = Subject(what, name)
            if subject in self._named or len(self._named) < _CANDIDATES_MAX or name == self._key:
                self._named.setdefault(subject, _Links()).add(row, of)

    def _chosen(self) -> bool:
        """Whether it is clear who is meant; a row was meant that belongs to somebody, so look for that one."""
        exact = [subject for subject in self._named if subject.name == self._key]
        if exact:
            meant = min(exact, key=lambda subject: subject.what)
        elif self._numbered is not None and not self._stands_in:
            of = bearer(self._numbered)
            if of is not None:
                self._key, self._number, self._named, self._stands_in = min(of.ids)[1], None, {}, True
            return of is None
        elif len(self._named) == 1:
            (meant,) = self._named
        else:
            raise self._nobody()
        self._links = self._named[meant]
        if meant.what is What.CYCLE:
            self._links.cycles.add(meant.name)
        else:
            self._own = set(self._links.intents)
        if not self._stands_in:
            self._subject = meant
        return True

    def _nobody(self) -> Trader247Error:
        if not self._named:
            short = "" if len(self._key) >= PREFIX_CHARS_MIN else f" (a beginning takes {PREFIX_CHARS_MIN} characters)"
            return UnknownId(
                f"the journal knows no proposal, intent, order, fill, cycle or row {self._key!r}{short}; rows"
                " that have outlived their retention are gone"
            )
        names = sorted({f"{subject.what.word} {subject.name}" for subject in self._named})
        shown = ", ".join(names[:_SHOWN_MAX]) + (", ..." if len(names) > _SHOWN_MAX else "")
        count = f"{len(names)} ids" if len(names) < _CANDIDATES_MAX else f"{_CANDIDATES_MAX} ids or more"
        return Ambiguous(f"{self._key!r} is the beginning of {count}: {shown}; say more of it")

    # ------------------------------------------------------------------------------------------------------- HELD
    def _hold(self, row: Row, of: Bearer) -> None:
        if of.symbol is None or of.opened_at is None or of.intent is None or of.symbol not in self._links.symbols:
            return
        span = self._spans.setdefault((of.symbol, of.opened_at), _Span(row.seq))
        span.intents.add(of.intent)
        if of.proposal is not None:
            span.proposals.add(of.proposal)
        if of.left == "0":
            span.last = row.seq

    def _link(self) -> None:
        links = self._links
        chosen = {
            key: span
            for key, span in self._spans.items()
            if span.intents & links.intents
            or any(symbol == key[0] and span.holds(seq) for symbol, seq in links.sales.values())
        }
        self._others = {name for key, span in self._spans.items() if key not in chosen for name in span.intents}
        self._spans = chosen
        for span in chosen.values():
            links.intents |= span.intents
            links.proposals |= span.proposals
        links.cycles |= {cycle_of(proposal) for proposal in links.proposals}

    # ------------------------------------------------------------------------------------------------------- TOLD
    def _belongs(self, row: Row, of: Bearer) -> bool:
        links = self._links
        if row.kind == CYCLE:
            return row.content["cycle"] in links.cycles
        if of.proposal is not None and of.proposal in links.proposals:
            return True
        intent = of.intent
        if intent is None or intent in links.intents:
            return intent is not None
        if not of.leaves or intent in self._others:
            return False
        if not any(key[0] == of.symbol and span.holds(row.seq) for key, span in self._spans.items()):
            return False
        links.intents.add(intent)  # its last word may come after the position was closed by another
        return True

    def _keep(self, row: Row) -> None:
        if len(self._rows) < ROWS_MAX:
            self._rows.append(_trimmed(row, self._links.symbols))
        else:
            self._left_out += 1


def _spelled(text: str) -> str:
    """As the text stands within a body."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _trimmed(row: Row, symbols: set[Symbol]) -> Row:
    """A cycle's row holds a thousand instruments; a story needs the triggers of its own."""
    if row.kind != CYCLE:
        return row
    triggers = [trigger for trigger in row.content["triggers"] if trigger["symbol"] in symbols]
    content = {name: value for name, value in row.content.items() if name != "instruments"}
    return evolve(row, content={**content, "triggers": triggers})
