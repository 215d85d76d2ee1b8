"""What was claimed by the once-only guard, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """In the caller's transaction."""
    op.create_table(
        "once",
        sa.Column("key", _WORDS, primary_key=True),
        sa.Column("epoch", _WORDS, nullable=False),
        sa.Column("claimed_at_utc_ns", _WHOLE, nullable=False),
        sa.Column("result", _WORDS),
        sqlite_strict=True,
    )
    op.create_index("once_by_time", "once", ["claimed_at_utc_ns"])
