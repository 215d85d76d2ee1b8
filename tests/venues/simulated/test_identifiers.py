"""Seeded identifiers."""

import uuid

from trader247.venues.simulated.identifiers import Identifiers


def test_the_same_seed_gives_the_same_identifiers() -> None:
    assert [Identifiers(7).unique() for _ in range(2)] == [Identifiers(7).unique() for _ in range(2)]


def test_another_start_never_repeats_one() -> None:
    first, second = Identifiers(7, 0), Identifiers(7, 1)
    assert not {first.unique() for _ in range(1000)} & {second.unique() for _ in range(1000)}
    assert int(first.trade_number()) + 1 < int(second.trade_number())


def test_identifiers_have_the_shapes_of_the_wire() -> None:
    ids = Identifiers(7)
    assert uuid.UUID(ids.unique()).version == 4
    assert len(ids.entry()) == 64
    assert int(ids.trade_number()) < int(ids.trade_number())
