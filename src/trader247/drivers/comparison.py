"""Our books beside the exchange's at the end of a run on the embedded venue, to the last digit.

The two were written by different code from different messages: ours from fills read over HTTP, the exchange's from its
own matching.
"""

from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from trader247.model.money import ZERO, plain

__all__ = ["BooksCompared", "Row", "compare"]


@frozen
class Row:
    """One currency, or a count of fills, or the fees paid."""

    name: str
    ours: Decimal
    theirs: Decimal

    @property
    def equal(self) -> bool:
        """To the last digit."""
        return self.ours == self.theirs


@frozen
class BooksCompared:
    """The rows; ``equal`` where all are."""

    rows: tuple[Row, ...]

    @property
    def equal(self) -> bool:
        """Whether both tell the same."""
        return all(row.equal for row in self.rows)

    def table(self) -> str:
        """The comparison for a person."""
        cells = [("", "our books", "the exchange", "")]
        cells += [(r.name, plain(r.ours), plain(r.theirs), "equal" if r.equal else "DIFFERENT") for r in self.rows]
        widths = [max(len(row[column]) for row in cells) for column in range(3)]
        lines = [
            f"{name:<{widths[0]}}  {ours:>{widths[1]}}  {theirs:>{widths[2]}}  {verdict}".rstrip()
            for name, ours, theirs, verdict in cells
        ]
        return "\n".join(lines)


def compare(ours: Mapping[str, Decimal], theirs: Mapping[str, Decimal], more: tuple[Row, ...] = ()) -> BooksCompared:
    """Every currency that either side holds, by name, then the further rows."""
    names = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name, ZERO) or theirs.get(name, ZERO))
    return BooksCompared((*(Row(name, ours.get(name, ZERO), theirs.get(name, ZERO)) for name in names), *more))
