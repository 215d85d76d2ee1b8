"""A journal belongs to one account at one venue, from its first start on: positions of two accounts never mix."""

from typing import Final

from sqlalchemy import select

from trader247.store.database import Database
from trader247.store.faults import WrongAccount
from trader247.store.tables import meta

__all__ = ["bind", "bound_to"]

_VENUE: Final = "venue"
_ACCOUNT: Final = "account_id"


def bind(database: Database, venue: str, account_id: str) -> None:
    """Bind a new journal to the account, or check that an old one belongs to it.

    Raises:
        WrongAccount: it belongs to another one.
    """
    with database.transaction() as connection:
        kept = {row.key: row.value for row in connection.execute(_BOUND)}
        found = (kept.get(_VENUE), kept.get(_ACCOUNT))
        if found == (None, None):
            rows = [{"key": _VENUE, "value": venue}, {"key": _ACCOUNT, "value": account_id}]
            connection.execute(meta.insert(), rows)
        elif found != (venue, account_id):
            raise WrongAccount(
                f"{database.where} belongs to account {found[1]} at {found[0]}, the configuration names account"
                f" {account_id} at {venue}. Give each account its own data_dir in app.yaml, or configure the old one."
            )


def bound_to(database: Database) -> tuple[str, str] | None:
    """Venue and account id of the journal, None before its first start."""
    with database.transaction() as connection:
        kept = {row.key: row.value for row in connection.execute(_BOUND)}
    return (kept[_VENUE], kept[_ACCOUNT]) if kept else None


_BOUND: Final = select(meta).where(meta.c.key.in_((_VENUE, _ACCOUNT)))
