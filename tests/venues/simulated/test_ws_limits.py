"""What one address may send."""

from tests.venues.simulated.rig import at

from trader247.venues.simulated.ws_limits import Limits, Meter


def test_eight_pass_in_any_second_and_what_was_refused_does_not_count() -> None:
    meter = Meter()
    assert [meter.allows(at(n / 10)) for n in range(12)] == [True] * 8 + [False] * 2 + [True] * 2


def test_addresses_do_not_share_their_meters_and_one_address_does() -> None:
    limits = Limits()
    assert limits.messages("a") is limits.messages("a")
    assert limits.messages("a") is not limits.messages("b")


def test_the_address_not_heard_of_for_longest_is_forgotten() -> None:
    limits = Limits()
    first = limits.messages("first")
    for number in range(1_024):
        limits.messages(str(number))
    assert limits.messages("first") is not first
