"""One exchange and one process of clients for all tests of a worker: what they leave behind is theirs to expect."""

import itertools
import json
from collections.abc import Callable, Iterator

import pytest
from tests.conformance.rig import Foreign, ForeignClients, Frames, RunningExchange, foreign_python


@pytest.fixture(scope="session")
def running() -> Iterator[RunningExchange]:
    """The exchange on loopback."""
    foreign_python()
    exchange = RunningExchange()
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture(scope="session")
def clients(running: RunningExchange, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignClients]:
    """Their clients."""
    key_file = tmp_path_factory.mktemp("key") / "key.json"
    keys = json.loads(running.key_text) | {"treasurer": json.loads(running.transfer_key_text)}
    key_file.write_text(json.dumps(keys), encoding="utf-8")
    clients = ForeignClients(running.host, key_file)
    clients.start(foreign_python())
    yield clients
    clients.stop()


@pytest.fixture
def sdk(clients: ForeignClients) -> Foreign:
    """The official REST client with its key."""
    return clients.on("sdk")


@pytest.fixture
def stream(clients: ForeignClients, request: pytest.FixtureRequest) -> Iterator[Foreign]:
    """The official WebSocket client, open, one per test."""
    client = clients.on(f"stream:{request.node.name}")
    client.open()
    yield client
    client.close()


@pytest.fixture
def frames(stream: Foreign) -> Frames:
    """The frames of ``stream``."""
    return Frames(stream)


@pytest.fixture
def ccxt(clients: ForeignClients) -> Foreign:
    """ccxt's blocking client."""
    return clients.on("ccxt")


@pytest.fixture
def pro(clients: ForeignClients, request: pytest.FixtureRequest) -> Iterator[Foreign]:
    """ccxt's asyncio client, one per test: it takes an unsubscription for done once nothing at all is subscribed."""
    client = clients.on(f"pro:{request.node.name}")
    yield client
    client.close()


_numbers = itertools.count(1)


@pytest.fixture
def new_id(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Client order ids that no other test uses."""
    del request
    return lambda: f"conformance-{next(_numbers)}"
