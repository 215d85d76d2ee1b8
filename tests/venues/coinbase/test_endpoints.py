"""The endpoints are a closed set of named paths."""

import pytest

from trader247.venues.coinbase.endpoints import ROOT, Endpoints, Priority, Scope


def test_names_are_unique_and_every_path_is_under_the_root() -> None:
    assert len({one.name for one in Endpoints.ALL}) == len(Endpoints.ALL)
    assert all(one.target("x").startswith(f"{ROOT}/") for one in Endpoints.ALL)


@pytest.mark.req("RL1")
def test_there_is_a_limit_for_each_of_at_least_fifteen_endpoints() -> None:
    assert len(Endpoints.ALL) >= 15
    assert all(one.per_s > 0 for one in Endpoints.ALL)


def test_only_the_cancel_has_the_cancels_priority_and_public_doors_are_reads() -> None:
    assert [one.name for one in Endpoints.ALL if one.priority is Priority.CANCEL] == ["batch_cancel"]
    assert all(one.method == "GET" for one in Endpoints.ALL if one.scope is Scope.PUBLIC)


def test_every_constant_is_in_the_set() -> None:
    named = {value for name, value in vars(Endpoints).items() if name.isupper() and name != "ALL"}
    assert named == set(Endpoints.ALL)
