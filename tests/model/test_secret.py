import pytest

from trader247.model.secret import SecretReference, Source


@pytest.mark.req("SEC1")
def test_a_reference_prints_as_it_stands_in_the_file() -> None:
    assert [str(SecretReference(source, "NAME")) for source in Source] == ["env:NAME", "file:NAME", "cred:NAME"]
