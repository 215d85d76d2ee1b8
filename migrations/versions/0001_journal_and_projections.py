"""The journal, its projections, and the guard that keeps the journal append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_MONEY = sa.Text().with_variant(sa.Numeric(), "postgresql")
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Everything in the caller's transaction."""
    _create_journal()
    _create_orders()
    _create_fills()
    _create_holdings()
    _create_attention()
    _create_housekeeping()
    if op.get_bind().dialect.name == "sqlite":
        _guard_the_journal()


def _create_journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("at_utc_ns", _WHOLE, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("cause", _WHOLE),
        sa.Column("config_hash", sa.Text, nullable=False),
        sa.Column("epoch", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sqlite_strict=True,
    )


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("client_order_id", sa.Text, primary_key=True),
        sa.Column("intent_id", sa.Text, nullable=False, unique=True),
        sa.Column("proposal_id", sa.Text),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("style", sa.Text, nullable=False),
        sa.Column("quantity", _MONEY, nullable=False),
        sa.Column("limit_price", _MONEY, nullable=False),
        sa.Column("notional_max", _MONEY, nullable=False),
        sa.Column("intent_reason", sa.Text, nullable=False),
        sa.Column("created_at_utc_ns", _WHOLE, nullable=False),
        sa.Column("stop_price", _MONEY),
        sa.Column("target_price", _MONEY),
        sa.Column("max_hold_s", _WHOLE),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("changed_at_utc_ns", _WHOLE, nullable=False),
        sa.Column("venue_order_id", sa.Text),
        sa.Column("filled", _MONEY, nullable=False),
        sa.Column("booked", _MONEY, nullable=False),
        sa.Column("booked_notional", _MONEY, nullable=False),
        sa.Column("fees", _MONEY, nullable=False),
        sa.Column("status_reason", sa.Text, nullable=False),
        sa.Column("fill_ids", sa.Text, nullable=False),
        sa.Column("settled", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("orders_by_settled", "orders", ["settled"])
    op.create_index("orders_by_change", "orders", ["changed_at_utc_ns"])


def _create_fills() -> None:
    op.create_table(
        "fills",
        sa.Column("fill_id", sa.Text, primary_key=True),
        sa.Column(
            "client_order_id",
            sa.Text,
            sa.ForeignKey("orders.client_order_id", deferrable=True, initially="DEFERRED"),
            nullable=False,
        ),
        sa.Column("venue_order_id", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("price", _MONEY, nullable=False),
        sa.Column("quantity", _MONEY, nullable=False),
        sa.Column("fee", _MONEY, nullable=False),
        sa.Column("liquidity", sa.Text, nullable=False),
        sa.Column("at_utc_ns", _WHOLE, nullable=False),
        sa.Column("realised_pnl", _MONEY, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("fills_by_time", "fills", ["at_utc_ns"])
    op.create_index("fills_by_order", "fills", ["client_order_id"])


def _create_holdings() -> None:
    op.create_table(
        "positions",
        sa.Column("symbol", sa.Text, primary_key=True),
        sa.Column("quantity", _MONEY, nullable=False),
        sa.Column("average_entry", _MONEY, nullable=False),
        sa.Column("entry_fees", _MONEY, nullable=False),
        sa.Column("opened_at_utc_ns", _WHOLE, nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("realised_pnl", _MONEY, nullable=False),
        sa.Column("stop_price", _MONEY),
        sa.Column("target_price", _MONEY),
        sa.Column("max_hold_s", _WHOLE),
        sqlite_strict=True,
    )
    op.create_table(
        "flows",
        sa.Column("currency", sa.Text, primary_key=True),
        sa.Column("amount", _MONEY, nullable=False),
        sqlite_strict=True,
    )


def _create_attention() -> None:
    op.create_table(
        "halts",
        sa.Column("tripped_at_utc_ns", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("tripped_by", sa.Text, nullable=False),
        sa.Column("cleared_at_utc_ns", _WHOLE),
        sa.Column("cleared_by", sa.Text),
        sa.Column("cleared_reason", sa.Text),
        sqlite_strict=True,
    )
    op.create_table(
        "alerts",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("raised_at_utc_ns", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("count", _WHOLE, nullable=False),
        sa.Column("changed_at_utc_ns", _WHOLE, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("alerts_by_change", "alerts", ["changed_at_utc_ns"])


def _create_housekeeping() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "starts",
        sa.Column("epoch", sa.Text, primary_key=True),
        sa.Column("at_utc_ns", _WHOLE, nullable=False),
        sa.Column("code_version", sa.Text, nullable=False),
        sa.Column("schema_revision", sa.Text, nullable=False),
        sa.Column("clean_stop_utc_ns", _WHOLE),
        sqlite_strict=True,
    )
    op.create_index("starts_by_time", "starts", ["at_utc_ns"])


def _guard_the_journal() -> None:
    op.execute(
        "CREATE TRIGGER journal_is_never_edited BEFORE UPDATE ON journal"
        " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    )
    op.execute(  # retention first writes how far it may go (store/retention.py)
        "CREATE TRIGGER journal_is_only_pruned BEFORE DELETE ON journal"
        " WHEN OLD.seq > CAST(COALESCE((SELECT value FROM meta WHERE key = 'pruned_upto'), '0') AS INTEGER)"
        " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    )
