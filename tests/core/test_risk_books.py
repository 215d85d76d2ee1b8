import pytest
from tests.builders import ETH, at, portfolio
from tests.core.rule_samples import ago, books

from trader247.model.instant import DAY, Instant


@pytest.mark.req("CD1")
def test_an_approval_that_has_filled_is_counted_once() -> None:
    both = books(portfolio(entries_24h=(ago(0, ETH),)), approved_at=(ago(10**9, ETH),))
    assert len(both.entries_since(Instant(at(0) - DAY))) == 1
    waiting = books(portfolio(entries_24h=(ago(10**9, ETH),)), approved_at=(ago(0, ETH),))
    assert len(waiting.entries_since(Instant(at(0) - DAY))) == 2
