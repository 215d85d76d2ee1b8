"""What the order manager is told and what it says."""

from typing import get_args

from trader247.core.order_traffic import ManagerIn, ManagerOut


def test_it_never_says_what_it_is_told_so_no_message_comes_back_to_it() -> None:
    assert not set(get_args(ManagerIn)) & set(get_args(ManagerOut))
