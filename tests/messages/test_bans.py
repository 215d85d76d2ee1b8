import pytest

from trader247.cli.steering import BAN_KINDS
from trader247.messages.bans import BanKind


@pytest.mark.req("U4")
def test_the_command_line_offers_every_kind_without_reading_the_messages() -> None:
    assert tuple(kind.value for kind in BanKind) == BAN_KINDS
