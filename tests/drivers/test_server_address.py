"""The password is read by reference, and must be long enough to be kept out of the log."""

from pathlib import Path

import pytest

from trader247.config.schema import DatabaseTerms
from trader247.config.secrets import reference_of
from trader247.drivers.server_address import PASSWORD_CHARS_MIN, server_of
from trader247.errors import ConfigurationInvalid
from trader247.store.server import Server

URL = "postgresql+psycopg://me@localhost/book"
FOLDER = Path("/data")


def test_without_a_url_the_database_is_a_file() -> None:
    assert server_of(DatabaseTerms(), FOLDER, {}) is None


def test_a_server_may_need_no_password() -> None:
    assert server_of(DatabaseTerms(url=URL), FOLDER, {}) == Server(URL, FOLDER)


@pytest.mark.req("SEC1")
def test_the_password_comes_from_its_reference() -> None:
    terms = DatabaseTerms(url=URL, password=reference_of("env:SECRET"))
    assert server_of(terms, FOLDER, {"SECRET": "correct horse"}) == Server(URL, FOLDER, "correct horse")
    with pytest.raises(ConfigurationInvalid, match=r"secret env:SECRET.*not set"):
        server_of(terms, FOLDER, {})


@pytest.mark.req("SEC1")
def test_a_password_too_short_to_be_redacted_is_refused() -> None:
    terms = DatabaseTerms(url=URL, password=reference_of("env:SECRET"))
    short = "x" * (PASSWORD_CHARS_MIN - 1)
    with pytest.raises(ConfigurationInvalid, match="choose a longer one") as refused:
        server_of(terms, FOLDER, {"SECRET": short})
    assert short not in str(refused.value)
