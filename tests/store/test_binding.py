"""One journal, one account."""

import pytest

from trader247.store.binding import bind, bound_to
from trader247.store.database import Database
from trader247.store.faults import WrongAccount


def test_the_first_start_binds_and_the_same_account_may_come_back(database: Database) -> None:
    assert bound_to(database) is None
    bind(database, "coinbase", "account-1")
    bind(database, "coinbase", "account-1")
    assert bound_to(database) == ("coinbase", "account-1")


@pytest.mark.parametrize(("venue", "account"), [("embedded", "account-1"), ("coinbase", "account-2")])
def test_another_account_or_venue_is_refused_naming_both(database: Database, venue: str, account: str) -> None:
    bind(database, "coinbase", "account-1")
    with pytest.raises(WrongAccount) as refused:
        bind(database, venue, account)
    text = str(refused.value)
    assert "belongs to account account-1 at coinbase" in text
    assert f"account {account} at {venue}" in text
    assert "data_dir" in text
    assert bound_to(database) == ("coinbase", "account-1")
