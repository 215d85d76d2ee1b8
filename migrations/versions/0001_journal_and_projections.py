"""The journal, its projections, and the guard that keeps the journal append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_MONEY = sa.Text().with_variant(sa.Numeric(), "postgresql")
_WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
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
    else:
        _guard_the_journal_on_a_server()


def _create_journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("at_utc_ns", _WHOLE, nullable=False),
        sa.Column("kind", _WORDS, nullable=False),
        sa.Column("cause", _WHOLE),
        sa.Column("config_hash", _WORDS, nullable=False),
        sa.Column("epoch", _WORDS, nullable=False),
        sa.Column("body", _WORDS, nullable=False),
        sa.Column("prev_hash", _WORDS, nullable=False),
        sa.Column("hash", _WORDS, nullable=False),
        sqlite_strict=True,
    )


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("client_order_id", _WORDS, primary_key=True),
        sa.Column("intent_id", _WORDS, nullable=False, unique=True),
        sa.Column("proposal_id", sa.Text),
        sa.Column("strategy", _WORDS, nullable=False),
        sa.Column("symbol", _WORDS, nullable=False),
        sa.Column("kind", _WORDS, nullable=False),
        sa.Column("side", _WORDS, nullable=False),
        sa.Column("style", _WORDS, nullable=False),
        sa.Column("quantity", _MONEY, nullable=False),
        sa.Column("limit_price", _MONEY, nullable=False),
        sa.Column("notional_max", _MONEY, nullable=False),
        sa.Column("intent_reason", _WORDS, nullable=False),
        sa.Column("created_at_utc_ns", _WHOLE, nullable=False),
        sa.Column("stop_price", _MONEY),
        sa.Column("target_price", _MONEY),
        sa.Column("max_hold_s", _WHOLE),
        sa.Column("status", _WORDS, nullable=False),
        sa.Column("changed_at_utc_ns", _WHOLE, nullable=False),
        sa.Column("venue_order_id", sa.Text),
        sa.Column("filled", _MONEY, nullable=False),
        sa.Column("booked", _MONEY, nullable=False),
        sa.Column("booked_notional", _MONEY, nullable=False),
        sa.Column("fees", _MONEY, nullable=False),
        sa.Column("status_reason", _WORDS, nullable=False),
        sa.Column("fill_ids", _WORDS, nullable=False),
        sa.Column("settled", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("orders_by_settled", "orders", ["settled"])
    op.create_index("orders_by_change", "orders", ["changed_at_utc_ns"])


def _create_fills() -> None:
    op.create_table(
        "fills",
        sa.Column("fill_id", _WORDS, primary_key=True),
        sa.Column(
            "client_order_id",
            _WORDS,
            sa.ForeignKey("orders.client_order_id", deferrable=True, initially="DEFERRED"),
            nullable=False,
        ),
        sa.Column("venue_order_id", _WORDS, nullable=False),
        sa.Column("symbol", _WORDS, nullable=False),
        sa.Column("side", _WORDS, nullable=False),
        sa.Column("price", _MONEY, nullable=False),
        sa.Column("quantity", _MONEY, nullable=False),
        sa.Column("fee", _MONEY, nullable=False),
        sa.Column("liquidity", _WORDS, nullable=False),
        sa.Column("at_utc_ns", _WHOLE, nullable=False),
        sa.Column("realised_pnl", _MONEY, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("fills_by_time", "fills", ["at_utc_ns"])
    op.create_index("fills_by_order", "fills", ["client_order_id"])


def _create_holdings() -> None:
    op.create_table(
        "positions",
        sa.Column("symbol", _WORDS, primary_key=True),
        sa.Column("quantity", _MONEY, nullable=False),
        sa.Column("average_entry", _MONEY, nullable=False),
        sa.Column("entry_fees", _MONEY, nullable=False),
        sa.Column("opened_at_utc_ns", _WHOLE, nullable=False),
        sa.Column("strategy", _WORDS, nullable=False),
        sa.Column("realised_pnl", _MONEY, nullable=False),
        sa.Column("stop_price", _MONEY),
        sa.Column("target_price", _MONEY),
        sa.Column("max_hold_s", _WHOLE),
        sqlite_strict=True,
    )
    op.create_table(
        "flows",
        sa.Column("currency", _WORDS, primary_key=True),
        sa.Column("amount", _MONEY, nullable=False),
        sqlite_strict=True,
    )


def _create_attention() -> None:
    op.create_table(
        "halts",
        sa.Column("tripped_at_utc_ns", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("reason", _WORDS, nullable=False),
        sa.Column("tripped_by", _WORDS, nullable=False),
        sa.Column("cleared_at_utc_ns", _WHOLE),
        sa.Column("cleared_by", sa.Text),
        sa.Column("cleared_reason", sa.Text),
        sqlite_strict=True,
    )
    op.create_table(
        "alerts",
        sa.Column("key", _WORDS, primary_key=True),
        sa.Column("raised_at_utc_ns", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("severity", _WORDS, nullable=False),
        sa.Column("text", _WORDS, nullable=False),
        sa.Column("state", _WORDS, nullable=False),
        sa.Column("count", _WHOLE, nullable=False),
        sa.Column("changed_at_utc_ns", _WHOLE, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("alerts_by_change", "alerts", ["changed_at_utc_ns"])


def _create_housekeeping() -> None:
    op.create_table(
        "meta",
        sa.Column("key", _WORDS, primary_key=True),
        sa.Column("value", _WORDS, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "starts",
        sa.Column("epoch", _WORDS, primary_key=True),
        sa.Column("at_utc_ns", _WHOLE, nullable=False),
        sa.Column("code_version", _WORDS, nullable=False),
        sa.Column("schema_revision", _WORDS, nullable=False),
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


def _guard_the_journal_on_a_server() -> None:
    op.execute(
        "CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE FUNCTION journal_is_only_pruned() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN"
        " IF OLD.seq > COALESCE((SELECT value FROM meta WHERE key = 'pruned_upto'), '0')::bigint THEN"
        " RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'restrict_violation';"
        " END IF;"
        " RETURN OLD; END $$"
    )
    op.execute(
        "CREATE TRIGGER journal_is_never_edited BEFORE UPDATE ON journal"
        " FOR EACH ROW EXECUTE FUNCTION journal_is_append_only()"
    )
    op.execute(
        "CREATE TRIGGER journal_is_never_emptied BEFORE TRUNCATE ON journal"
        " FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only()"
    )
    op.execute(  # retention first writes how far it may go (store/retention.py)
        "CREATE TRIGGER journal_is_only_pruned BEFORE DELETE ON journal"
        " FOR EACH ROW EXECUTE FUNCTION journal_is_only_pruned()"
    )
