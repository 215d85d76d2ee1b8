"""The chain's arithmetic: canonical text, hashes, and the faults of a row."""

from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.store.samples import decimals, texts

from trader247.model.instant import Instant
from trader247.store.chain import BODY_BYTES_MAX, GENESIS, GENESIS_HASH, Head, Record, canonical, faults_of
from trader247.store.faults import EntryRefused

_bodies = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts | decimals,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def record(**changed: Any) -> Record:
    fields: dict[str, Any] = {
        "seq": 1,
        "at": Instant(5),
        "kind": "k",
        "cause": None,
        "config_hash": "c",
        "epoch": "e",
        "body": "{}",
        "prev_hash": GENESIS_HASH,
    } | changed
    unhashed = Record(**fields, hash="")
    return unhashed._replace(hash=unhashed.own_hash())


@given(_bodies)
def test_equal_bodies_have_one_text_whatever_their_order(body: dict[str, Any]) -> None:
    backwards = dict(reversed(body.items()))
    assert canonical(backwards) == canonical(body)


@given(_bodies)
def test_a_canonical_text_survives_being_read_and_written_again(body: dict[str, Any]) -> None:
    text = canonical(body)
    assert canonical(record(body=text).content) == text


def test_the_text_has_no_blanks_sorted_keys_and_plain_money() -> None:
    class Word(StrEnum):
        YES = "yes"

    body = {"b": Decimal("1E-8"), "a": (1, True, None), "c": {"z": Word.YES, "ä": frozenset({"q", "p"})}}
    assert canonical(body) == '{"a":[1,true,null],"b":"0.00000001","c":{"z":"yes","ä":["p","q"]}}'


@pytest.mark.parametrize("value", [float("nan"), Decimal("NaN"), Decimal("Infinity"), object(), b"bytes", "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(EntryRefused, match="cannot be written"):
        canonical({"value": value})


def test_a_body_at_the_limit_passes_and_over_it_does_not() -> None:
    frame = len('{"a":""}')
    assert len(canonical({"a": "x" * (BODY_BYTES_MAX - frame)})) == BODY_BYTES_MAX
    with pytest.raises(EntryRefused, match=f"{BODY_BYTES_MAX + 1} bytes"):
        canonical({"a": "x" * (BODY_BYTES_MAX - frame + 1)})


def test_the_hash_is_what_the_documentation_says() -> None:
    preimage = f'["{"0" * 64}",1,5,"k",null,"c","e","{{}}"]'
    assert record().hash == sha256(preimage.encode()).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [{"seq": 2}, {"at": 6}, {"kind": "l"}, {"cause": 0}, {"config_hash": "d"}, {"epoch": "f"}, {"body": "[]"}],
)
def test_every_field_is_part_of_the_hash(changed: dict[str, Any]) -> None:
    assert record(**changed).hash != record().hash


def test_moving_a_character_from_one_field_to_the_next_changes_the_hash() -> None:
    assert record(config_hash='c","e', epoch="f").hash != record(config_hash="c", epoch='e","f').hash


def test_a_sound_row_has_no_fault() -> None:
    assert faults_of(record(), GENESIS) == []


def test_a_gap_is_told_with_its_ends() -> None:
    assert faults_of(record(seq=2), GENESIS) == ["row 1 is missing"]
    assert faults_of(record(seq=4), GENESIS) == ["rows 1 to 3 are missing"]


def test_a_row_that_follows_another_is_told() -> None:
    (found,) = faults_of(record(), evolve(GENESIS, hash="1" * 64))
    assert "does not follow" in found


def test_an_edited_row_is_told() -> None:
    (found,) = faults_of(record()._replace(body='{"more":1}'), Head(0, GENESIS_HASH))
    assert "was edited" in found
