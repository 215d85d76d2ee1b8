"""What of the daemon can be seen without a process: the rest is shown by tests that start one."""

from trader247.drivers.live import _first


def test_the_error_that_is_shown_is_the_first_inside_all_groups() -> None:
    inner = ExceptionGroup("inner", [OSError("the port is taken"), ValueError("later")])
    assert str(_first(ExceptionGroup("outer", [inner, KeyError("x")]))) == "the port is taken"
