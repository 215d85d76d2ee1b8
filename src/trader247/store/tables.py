"""The schema, as the code of today sees it; ``migrations/`` is how a database gets there.

Times are UTC nanoseconds, money is exact. The SQLite tables are STRICT, so that a value of another type cannot be
slipped in; a column of money is TEXT there (SQLite knows no decimals, only doubles) and NUMERIC on PostgreSQL.
"""

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

from trader247.model.money import decimal_of, plain

__all__ = [
    "SCHEMA",
    "Money",
    "alerts",
    "fills",
    "flows",
    "halts",
    "journal",
    "meta",
    "metadata",
    "once",
    "orders",
    "positions",
    "starts",
]

SCHEMA: Final = "0003"
"""The newest migration this code knows."""


class Money(TypeDecorator[Decimal]):
    """An exact finite decimal: plain digits in TEXT on SQLite, NUMERIC of any length on PostgreSQL.

    Equal by value after a round trip; trailing zeros are not kept.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of a dialect."""
        return dialect.type_descriptor(Numeric() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Raises ``ValueError`` for NaN and the infinities: neither is an amount of money."""
        if value is None:
            return None
        if not value.is_finite():
            raise ValueError(f"not an amount: {value}")
        return value if dialect.name == "postgresql" else plain(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - as SQLAlchemy calls it
        """Raises ``ValueError`` where the stored text is no plain number."""
        if value is None or isinstance(value, Decimal):
            return value
        return decimal_of(value)


# compared byte by byte on both: a server's own language would order ids and symbols in its own way
_WORDS: Final = Text().with_variant(Text(collation="C"), "postgresql")
_WHOLE: Final = BigInteger().with_variant(Integer(), "sqlite")
metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    Column("seq", _WHOLE, primary_key=True, autoincrement=False),
    Column("at_utc_ns", _WHOLE, nullable=False),
    Column("kind", _WORDS, nullable=False),
    Column("cause", _WHOLE),
    Column("config_hash", _WORDS, nullable=False),
    Column("epoch", _WORDS, nullable=False),
    Column("body", _WORDS, nullable=False),
    Column("prev_hash", _WORDS, nullable=False),
    Column("hash", _WORDS, nullable=False),
    sqlite_strict=True,
)

orders = Table(
    "orders",
    metadata,
    Column("client_order_id", _WORDS, primary_key=True),
    Column("intent_id", _WORDS, nullable=False, unique=True),
    Column("proposal_id", _WORDS),
    Column("strategy", _WORDS, nullable=False),
    Column("symbol", _WORDS, nullable=False),
    Column("kind", _WORDS, nullable=False),
    Column("side", _WORDS, nullable=False),
    Column("style", _WORDS, nullable=False),
    Column("quantity", Money, nullable=False),
    Column("limit_price", Money, nullable=False),
    Column("notional_max", Money, nullable=False),
    Column("intent_reason", _WORDS, nullable=False),
    Column("created_at_utc_ns", _WHOLE, nullable=False),
    Column("stop_price", Money),
    Column("target_price", Money),
    Column("max_hold_s", _WHOLE),
    Column("status", _WORDS, nullable=False),
    Column("changed_at_utc_ns", _WHOLE, nullable=False),
    Column("venue_order_id", _WORDS),
    Column("filled", Money, nullable=False),
    Column("booked", Money, nullable=False),
    Column("booked_notional", Money, nullable=False),
    Column("fees", Money, nullable=False),
    Column("status_reason", _WORDS, nullable=False),
    Column("fill_ids", _WORDS, nullable=False),  # a JSON array, in the order of booking
    Column("settled", Integer, nullable=False),  # 0 or 1, as the model says it; only here for the index
    Index("orders_by_settled", "settled"),
    Index("orders_by_change", "changed_at_utc_ns"),
    sqlite_strict=True,
)

fills = Table(
    "fills",
    metadata,
    Column("fill_id", _WORDS, primary_key=True),
    # deferred: within one transaction a fill may be written before its order
    Column(
        "client_order_id",
        _WORDS,
        ForeignKey("orders.client_order_id", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("venue_order_id", _WORDS, nullable=False),
    Column("symbol", _WORDS, nullable=False),
    Column("side", _WORDS, nullable=False),
    Column("price", Money, nullable=False),
    Column("quantity", Money, nullable=False),
    Column("fee", Money, nullable=False),
    Column("liquidity", _WORDS, nullable=False),
    Column("at_utc_ns", _WHOLE, nullable=False),
    Column("realised_pnl", Money, nullable=False),
    Index("fills_by_time", "at_utc_ns"),
    Index("fills_by_order", "client_order_id"),
    sqlite_strict=True,
)

positions = Table(
    "positions",
    metadata,
    Column("symbol", _WORDS, primary_key=True),
    Column("quantity", Money, nullable=False),
    Column("average_entry", Money, nullable=False),
    Column("entry_fees", Money, nullable=False),
    Column("opened_at_utc_ns", _WHOLE, nullable=False),
    Column("strategy", _WORDS, nullable=False),
    Column("realised_pnl", Money, nullable=False),
    Column("stop_price", Money),
    Column("target_price", Money),
    Column("max_hold_s", _WHOLE),
    Column("raised_from", Money),
    sqlite_strict=True,
)

# what our own fills have moved, per currency, since the journal began: opening balance + flow = balance
flows = Table(
    "flows",
    metadata,
    Column("currency", _WORDS, primary_key=True),
    Column("amount", Money, nullable=False),
    sqlite_strict=True,
)

halts = Table(
    "halts",
    metadata,
    Column("tripped_at_utc_ns", _WHOLE, primary_key=True, autoincrement=False),
    Column("reason", _WORDS, nullable=False),
    Column("tripped_by", _WORDS, nullable=False),
    Column("cleared_at_utc_ns", _WHOLE),
    Column("cleared_by", _WORDS),
    Column("cleared_reason", _WORDS),
    sqlite_strict=True,
)

alerts = Table(
    "alerts",
    metadata,
    Column("key", _WORDS, primary_key=True),
    Column("raised_at_utc_ns", _WHOLE, primary_key=True, autoincrement=False),
    Column("severity", _WORDS, nullable=False),
    Column("text", _WORDS, nullable=False),
    Column("state", _WORDS, nullable=False),
    Column("count", _WHOLE, nullable=False),
    Column("changed_at_utc_ns", _WHOLE, nullable=False),
    Index("alerts_by_change", "changed_at_utc_ns"),
    sqlite_strict=True,
)

meta = Table(
    "meta",
    metadata,
    Column("key", _WORDS, primary_key=True),
    Column("value", _WORDS, nullable=False),
    sqlite_strict=True,
)

starts = Table(
    "starts",
    metadata,
    Column("epoch", _WORDS, primary_key=True),
    Column("at_utc_ns", _WHOLE, nullable=False),
    Column("code_version", _WORDS, nullable=False),
    Column("schema_revision", _WORDS, nullable=False),
    Column("clean_stop_utc_ns", _WHOLE),
    Index("starts_by_time", "at_utc_ns"),
    sqlite_strict=True,
)

# ``result`` is NULL while nobody has said what came of it
once = Table(
    "once",
    metadata,
    Column("key", _WORDS, primary_key=True),
    Column("epoch", _WORDS, nullable=False),
    Column("claimed_at_utc_ns", _WHOLE, nullable=False),
    Column("result", _WORDS),
    Index("once_by_time", "claimed_at_utc_ns"),
    sqlite_strict=True,
)
