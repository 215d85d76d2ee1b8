from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.config.documents import DEPTH_MAX, Node, Unreadable, document_of, grafted
from trader247.config.faults import Place


def plain(node: Node) -> Any:
    if isinstance(node.value, Mapping):
        return {key: plain(entry) for key, entry in node.value.items()}
    return [plain(entry) for entry in node.value] if isinstance(node.value, tuple) else node.value


def read(text: str) -> Any:
    return plain(document_of(text, "f.yaml").root)


@pytest.mark.req("C1")
@pytest.mark.parametrize(
    "word", ["on", "off", "NO", "yes", "y", "12:30", "1_000", "0x1F", ".inf", "NaN", "1e", "+5", "0o7"]
)
def test_what_looks_like_a_word_is_text(word: str) -> None:
    assert read(f"a: {word}") == {"a": word}


def test_a_version_directive_does_not_bring_the_old_booleans_back() -> None:
    assert read("%YAML 1.1\n---\na: NO\n") == {"a": "NO"}


@pytest.mark.parametrize("number", ["0.1234567890123456789", "1e-8", "-3.50", ".5", "5."])
def test_numbers_are_kept_to_their_last_digit(number: str) -> None:
    assert str(read(f"a: {number}")["a"]) == str(Decimal(number))


def test_plain_scalars_have_the_plain_types() -> None:
    expected = {"i": 5, "t": True, "f": False, "n": None, "q": "5", "l": [1, "x"], "e": None}
    assert read("i: 5\nt: true\nf: False\nn: null\nq: '5'\nl: [1, x]\ne:\n") == expected


@pytest.mark.req("C1")
def test_a_key_that_stands_twice_is_told_with_both_lines_and_the_rest_is_still_read() -> None:
    document = document_of("caps:\n  a: 5\n  b: 6\n  a: 50\n", "f.yaml")
    assert document.problems == ((Place("f.yaml", 4, 3), "the key 'a' stands twice (first on line 2)"),)
    assert plain(document.root) == {"caps": {"a": 5, "b": 6}}


def test_an_entry_stands_where_its_key_stands() -> None:
    root = document_of("# c\ncaps:\n    total:   5\n", "f.yaml").root
    assert isinstance(root.value, Mapping)
    inner = root.value["caps"].value
    assert isinstance(inner, Mapping)
    assert inner["total"].place == Place("f.yaml", 3, 5)


@pytest.mark.parametrize(
    ("text", "line", "match"),
    [
        ("a: &x 1\n", 1, "anchors"),
        ("a: 1\nb: *x\n", 2, "anchors"),
        ("<<: {a: 1}\n", 1, "merge keys"),
        ("a: !!python/object:os.system x\n", 1, "tags"),
        ("? [a]\n: 1\n", 1, "a key must be plain text"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: 1\nb: c: d\n", 2, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("a: 1\nb: \x01\n", 2, "not valid YAML"),
        ("%YAML 9.9\n---\na: 1\n", 1, "not valid YAML"),
        ("[" * (DEPTH_MAX + 3), 1, "nested deeper"),
        ("[" * 5000, 1, "nested deeper"),
    ],
)
def test_what_is_refused_is_refused_with_its_line(text: str, line: int, match: str) -> None:
    with pytest.raises(Unreadable, match=match) as caught:
        document_of(text, "f.yaml")
    assert caught.value.place.line == line


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=80)
    | st.text(alphabet="a:-[]{}&*!|>'\"%@#,? \n\t0", max_size=60)
)
def test_any_text_is_read_or_refused_and_never_anything_else(text: str) -> None:
    try:
        place = document_of(text, "f.yaml").root.place
    except Unreadable as error:
        place = error.place
    assert place.line >= 1


def test_an_override_goes_where_it_belongs_whatever_its_case() -> None:
    root = document_of("Themes: {LAYER1: [a]}\n", "f").root
    leaf = document_of("[b]", "env", Place("env")).root
    assert plain(grafted(root, ("themes", "layer1"), leaf, replace=True)) == {"Themes": {"LAYER1": ["b"]}}
    assert plain(grafted(root, ("themes", "layer1"), leaf, replace=False)) == {"Themes": {"LAYER1": ["a"]}}
    assert plain(grafted(root, ("new", "key"), leaf, replace=False))["new"] == {"key": ["b"]}


def test_an_override_below_a_value_leaves_the_value_to_be_refused() -> None:
    root = document_of("caps: 5\n", "f").root
    leaf = document_of("1", "env", Place("env")).root
    assert plain(grafted(root, ("caps", "total"), leaf, replace=True)) == {"caps": 5}


def test_a_value_that_may_be_a_secret_is_not_shown() -> None:
    token = "0123456789abcdef" * 3
    root = document_of(f"a: {token}\nb: {'x' * 99}\n", "f").root
    assert isinstance(root.value, Mapping)
    assert root.value["a"].shown == "(a value that is not shown)"
    assert len(root.value["b"].shown) < 50
