"""Over real encrypted sockets: a certificate somebody vouches for is spoken to, any other is not."""

import datetime as dt
import ipaddress
import random
import ssl
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pytest
import trio
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.venues.coinbase.feed_samples import Feed, ack, beating, subscribed, ticker
from tests.venues.coinbase.wire_samples import BTC, SEED, TrioClock, key

from trader247.errors import VenueUnavailable
from trader247.ports import StreamDown
from trader247.venues.coinbase.endpoints import Endpoints
from trader247.venues.coinbase.stream import CoinbaseMarketStream
from trader247.venues.coinbase.venue import coinbase_venue

AN_HOUR = dt.timedelta(hours=1)
TIME = b'{"iso":"2026-09-27T10:15:30Z","epochMillis":"1790504130123"}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(TIME), TIME)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """The server's file, and a client context that trusts it."""
    private = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)  # noqa: TID251  (a certificate is checked against the real calendar)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(247)
        .not_valid_before(now - AN_HOUR)
        .not_valid_after(now + AN_HOUR)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, SHA256())
    )
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path, ssl.create_default_context(cadata=made.public_bytes(Encoding.PEM).decode())


async def serving(nursery: trio.Nursery, path: Path, handler: Callable[[Any], Awaitable[None]]) -> int:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)

    async def guarded(stream: Any) -> None:
        try:
            await handler(stream)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    serve = trio.serve_ssl_over_tcp
    listeners = await nursery.start(
        lambda task_status: serve(guarded, 0, context, host="127.0.0.1", task_status=task_status)
    )
    return cast("int", listeners[0].transport_listener.socket.getsockname()[1])


async def test_a_trusted_stream_and_a_trusted_answer_are_read(certificate: tuple[Path, ssl.SSLContext]) -> None:
    path, trusting = certificate

    async def feed_of(stream: Any) -> None:
        feed = Feed(stream)
        await subscribed(feed, ack(0), ticker(1))
        await beating(feed, 2)

    async def answering(stream: Any) -> None:
        while await stream.receive_some(65536):
            await stream.send_all(ANSWER)

    async with trio.open_nursery() as nursery:
        port = await serving(nursery, path, feed_of)
        stream = CoinbaseMarketStream(f"wss://127.0.0.1:{port}", TrioClock(), random.Random(SEED), tls=trusting)
        async with aclosing(cast("Any", stream.events([BTC]))) as events:
            found = [await anext(events), await anext(events)]
        assert [type(event).__name__ for event in found] == ["StreamUp", "Quote"]
        port = await serving(nursery, path, answering)
        venue = coinbase_venue(f"https://127.0.0.1:{port}", key(), TrioClock(), random.Random(SEED), tls=trusting)
        assert await venue.server_time() == 1790504130123 * 10**6
        await venue.aclose()
        nursery.cancel_scope.cancel()


@pytest.mark.fault("NW-07")
async def test_a_certificate_nobody_vouches_for_is_never_spoken_to(certificate: tuple[Path, ssl.SSLContext]) -> None:
    path, _trusting = certificate
    spoken: list[bytes] = []

    async def listening(stream: Any) -> None:
        spoken.append(await stream.receive_some(65536))

    async with trio.open_nursery() as nursery:
        port = await serving(nursery, path, listening)
        stream = CoinbaseMarketStream(f"wss://127.0.0.1:{port}", TrioClock(), random.Random(SEED))
        async with aclosing(cast("Any", stream.events([BTC]))) as events:
            down = await anext(events)
        assert isinstance(down, StreamDown)
        assert "SSLCertVerificationError" in down.why
        venue = coinbase_venue(f"https://127.0.0.1:{port}", key(), TrioClock(), random.Random(SEED))
        with pytest.raises(VenueUnavailable, match="not sent"):
            await venue._trading.write(Endpoints.CREATE, b"{}")
        await venue.aclose()
        nursery.cancel_scope.cancel()
    assert not spoken
