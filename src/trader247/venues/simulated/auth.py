"""Who asks: API keys and the JWT check of both faces, in the order that gives the real venue's answers.

Key files are the venue's own: ``{"name": "organizations/../apiKeys/..", "privateKey": "<PEM or base64>"}``. The
exchange needs only the public half; a key made by ``make_key`` works for the daemon, the official SDK and ccxt alike.
"""

import base64
import json
import random
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

import jwt
from attrs import frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.types import Options

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND, Instant
from trader247.ports import Clock

__all__ = ["KeyHolder", "KeyRing", "make_key"]

_TOKEN_LIFE_S_MAX: Final = 120
_SKEW_S: Final = 10
"""How far a client's clock may be off; the real tolerance is not published."""

_UNCHECKED: Final[Options] = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
"""Left to this module, which knows the exchange's own time."""

_CURVE_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256: private keys are the numbers below it."""


@frozen
class KeyHolder:
    """A key the exchange knows: its public half, the portfolio it acts for, what it may do."""

    name: str
    public: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
    portfolio_id: str
    can_trade: bool = True
    can_transfer: bool = False
    can_view: bool = True

    @property
    def algorithm(self) -> str:
        """The only signature taken from this key."""
        return "ES256" if isinstance(self.public, ec.EllipticCurvePublicKey) else "EdDSA"


class KeyRing:
    """All keys of the exchange."""

    def __init__(self, holders: Iterable[KeyHolder] = (), clock: Clock | None = None) -> None:
        """``holders`` may be empty: then only public paths answer.

        ``clock`` judges the age of tokens, where the exchange's own time does not run like its clients' (a market at
        a multiple of real time); by default it is the exchange's time.
        """
        self._holders = {holder.name: holder for holder in holders}
        self._clock = clock

    def add(self, holder: KeyHolder) -> None:
        """Take in a key, in place of one of the same name."""
        self._holders[holder.name] = holder

    def add_file(
        self,
        text: str,
        portfolio_id: str,
        *,
        can_trade: bool = True,
        can_transfer: bool = False,
        can_view: bool = True,
    ) -> str:
        """Take in the text of a key file; gives the key's name.

        Raises:
            ConfigurationInvalid: the text is no key file; the message shows nothing of the key.
        """
        name, private = _read_key(text)
        public = private.public_key()
        self.add(KeyHolder(name, public, portfolio_id, can_trade, can_transfer, can_view))
        return name

    def caller(self, token: str, now: Instant, request: str | None) -> KeyHolder | None:
        """Whose token this is, or None where any check fails (section 2.4, steps 2 to 6).

        ``request`` is ``METHOD host/path``; None for a WebSocket message, whose token names no request.
        """
        try:
            now = now if self._clock is None else self._clock.now().utc
            holder = self._holders.get(str(jwt.get_unverified_header(token).get("kid")))
            if holder is None:
                return None
            claims = jwt.decode(token, holder.public, algorithms=[holder.algorithm], options=_UNCHECKED)
        except (jwt.PyJWTError, UnicodeError, RecursionError):
            return None
        good = _is_timely(claims, now // SECOND) and claims.get("sub") == holder.name
        return holder if good and (request is None or _names(claims, request)) else None


def _is_timely(claims: Mapping[str, Any], now_s: int) -> bool:
    begins, ends = claims.get("nbf"), claims.get("exp")
    if not isinstance(begins, int) or not isinstance(ends, int) or ends <= begins:
        return False
    return begins <= now_s + _SKEW_S and now_s < ends + _SKEW_S and ends - begins <= _TOKEN_LIFE_S_MAX


def _names(claims: Mapping[str, Any], request: str) -> bool:
    several = claims.get("uris")
    texts = [claims.get("uri"), *(several if isinstance(several, list) else [])]
    return any(isinstance(text, str) and _without_scheme(text) == request for text in texts)


def _without_scheme(uri: str) -> str:
    method, _, rest = uri.partition(" ")
    return f"{method} {rest.removeprefix('https://').removeprefix('http://')}"


def _read_key(text: str) -> tuple[str, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey]:
    shape = 'a key file is JSON like {"name": "organizations/../apiKeys/..", "privateKey": "-----BEGIN EC .."}'
    try:
        content = json.loads(text)
        name, secret = content.get("name") or content["id"], content["privateKey"].replace("\\n", "\n")
        if "BEGIN" in secret:
            key = load_pem_private_key(secret.encode(), None)
        else:
            key = ed25519.Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret, validate=True)[:32])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, UnsupportedAlgorithm) as wrong:
        raise ConfigurationInvalid(f"the API key cannot be read ({type(wrong).__name__}); {shape}") from None
    good = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    if not isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) or not (
        good or isinstance(key, ed25519.Ed25519PrivateKey)
    ):
        raise ConfigurationInvalid(f"the API key is neither P-256 nor Ed25519; {shape}")
    return str(name), key


def make_key(rng: random.Random, *, edwards: bool = False) -> str:
    """The text of a new key file. For the simulated exchange only: its secrecy is that of ``rng``."""
    name = "organizations/{}/apiKeys/{}".format(*(uuid.UUID(int=rng.getrandbits(128), version=4) for _ in range(2)))
    if edwards:
        seed = rng.randbytes(32)
        public = ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        return json.dumps({"name": name, "privateKey": base64.b64encode(seed + public).decode()})
    key = ec.derive_private_key(rng.randrange(1, _CURVE_ORDER), ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return json.dumps({"name": name, "privateKey": pem.decode()})
