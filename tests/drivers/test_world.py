from attrs import fields
from tests.drivers.topology_samples import Daemon

from trader247.drivers.world import World


def test_every_source_of_chance_is_given_from_outside_and_two_worlds_share_no_watch() -> None:
    given = {field.name for field in fields(World)}
    assert {"clock", "rng", "venue", "market_stream", "user_stream", "offload", "files", "open_store"} <= given
    one, other = Daemon().topology.world, Daemon().topology.world
    assert one.calls is not other.calls
