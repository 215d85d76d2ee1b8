"""What the web face is given."""

import pytest

from trader247.web.ports import FaceSettings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_loopback_is_told_from_the_rest_of_the_world(host: str) -> None:
    assert FaceSettings(host=host).loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.5", "::", "trader.lan", "localhost.evil.example"])  # noqa: S104
def test_everything_else_is_not_loopback(host: str) -> None:
    assert not FaceSettings(host=host).loopback


@pytest.mark.req("SEC1")
def test_settings_do_not_show_their_token() -> None:
    assert "s3cret" not in repr(FaceSettings(token="s3cret-token"))
