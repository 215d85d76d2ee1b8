"""From where a position's trailing stop was raised; of a position without one, nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """In the caller's transaction."""
    money = sa.Text().with_variant(sa.Numeric(), "postgresql")
    op.add_column("positions", sa.Column("raised_from", money))
