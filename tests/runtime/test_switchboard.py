"""What mailboxes of one topology share."""

from __future__ import annotations

import pytest

from trader247.model.instant import Instant, Moment, Mono
from trader247.runtime.switchboard import Envelope, Sequence

pytestmark = pytest.mark.req("SUP1")


def test_the_sequence_counts_from_the_last_number_given() -> None:
    sequence = Sequence(41)
    assert [sequence.next(), sequence.next()] == [42, 43]
    assert sequence.last == 43


def test_an_envelope_cannot_be_altered() -> None:
    envelope = Envelope(1, Moment(Instant(0), Mono(0)), None, "body")
    with pytest.raises(AttributeError):
        envelope.body = "other"  # type: ignore[misc]
