"""API keys and the short-lived tokens signed with them. Promises that no error and no repr ever shows a byte of a key.

A token lives 120 seconds and fits one method and path only, so it is made when a request is about to leave, after every
wait (source: section 2 of the venue's authentication rules as the official SDK follows them).
"""

import base64
import binascii
import random
from typing import Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND, Instant

__all__ = ["TOKEN_LIFE_S", "ApiKey", "Signer"]

TOKEN_LIFE_S: Final = 120
"""The longest life the venue's documents allow a token."""

_BACKDATE_S: Final = 5
"""A local clock that is fast by less than this still makes tokens the venue finds valid."""

_SEED_BYTES: Final = 32
_NONCE_BITS: Final = 256
_NUMBER_BYTES: Final = 32
_ES256: Final = ECDSA(SHA256())

_SigningKey = EllipticCurvePrivateKey | Ed25519PrivateKey


class _KeyFile(msgspec.Struct):
    """The file the venue's developer platform hands out; newer ones say ``id`` in place of ``name``."""

    private_key: str = msgspec.field(name="privateKey", default="")
    name: str = ""
    id: str = ""


class ApiKey:
    """A key's name and its loaded private half. Compared by identity; never printed, pickled or copied out."""

    __slots__ = ("_algorithm", "_loaded", "_name")

    def __init__(self, name: str, secret: str) -> None:
        """``secret``: PEM (SEC1 or PKCS8; P-256 or Ed25519) or base64 of an Ed25519 seed, with or without public half.

        Raises:
            ConfigurationInvalid: the name is empty or the secret is none of these; the text shows no byte of it.
        """
        if not name.strip() or not name.isascii() or not name.isprintable():
            raise ConfigurationInvalid("the API key has no usable name: expected a non-empty printable 'name' or 'id'")
        self._name = name.strip()
        self._loaded = _loaded(secret)
        self._algorithm = "ES256" if isinstance(self._loaded, EllipticCurvePrivateKey) else "EdDSA"

    @classmethod
    def from_json_text(cls, text: str) -> "ApiKey":
        """The key in a downloaded key file: ``{"name" or "id": ..., "privateKey": ...}``.

        Raises:
            ConfigurationInvalid: not JSON of that shape, or an unusable key; the text shows no byte of it.
        """
        try:
            found = msgspec.json.decode(text, type=_KeyFile)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            found = None
        if found is None:
            raise ConfigurationInvalid(
                "the API key file is not JSON of the form {'name': ..., 'privateKey': ...}: download it again"
            )
        if not found.private_key:
            raise ConfigurationInvalid("the API key file holds no 'privateKey': download it again")
        return cls(found.name or found.id, found.private_key)

    @property
    def name(self) -> str:
        """The key's public name."""
        return self._name

    @property
    def algorithm(self) -> str:
        """``ES256`` or ``EdDSA``."""
        return self._algorithm

    def __repr__(self) -> str:
        return f"ApiKey(name={self._name!r}, algorithm={self._algorithm}, secret=<hidden>)"

    def __reduce__(self) -> str:
        raise TypeError("an ApiKey is not pickled: its secret stays in this process")


class Signer:
    """Makes tokens with one key; nonces come from the injected source of randomness.

    Nearly all of a token's cost is the signature itself: what is the same in each is put together once.
    """

    __slots__ = ("_header", "_key", "_rng")

    def __init__(self, key: ApiKey, rng: random.Random) -> None:
        """``rng``: the venue is not known to check nonces for repeats; in live use pass a ``SystemRandom``."""
        self._key = key
        self._rng = rng
        names = {"alg": key.algorithm, "typ": "JWT", "kid": key.name, "nonce": ""}
        # every token's header but for its nonce, which comes last
        self._header = msgspec.json.encode(names).removesuffix(b'"}')

    def __repr__(self) -> str:
        return f"Signer({self._key!r})"

    def rest_token(self, method: str, host: str, path: str, now: Instant) -> str:
        """A token for one request. ``host`` with its port where not the default one; ``path`` without the query."""
        return self._token({"uri": f"{method} {host}{path}"}, now)

    def stream_token(self, now: Instant) -> str:
        """A token for one subscribe message on a WebSocket."""
        return self._token({}, now)

    def _token(self, claims: dict[str, str], now: Instant) -> str:
        begins_s = now // SECOND - _BACKDATE_S
        said = {"sub": self._key.name, "iss": "cdp", "nbf": begins_s, "exp": begins_s + TOKEN_LIFE_S, **claims}
        header = self._header + f"{self._rng.getrandbits(_NONCE_BITS):064x}".encode() + b'"}'
        signed = _base64url(header) + b"." + _base64url(msgspec.json.encode(said))
        return (signed + b"." + _base64url(self._signature(signed))).decode()

    def _signature(self, signed: bytes) -> bytes:
        key = self._key._loaded  # noqa: SLF001  (the pair of classes shares the secret so that nobody else can reach it)
        if isinstance(key, Ed25519PrivateKey):
            return key.sign(signed)
        # the two numbers side by side, as tokens have them, not in the DER that the library gives
        r, s = decode_dss_signature(key.sign(signed, _ES256))
        return r.to_bytes(_NUMBER_BYTES, "big") + s.to_bytes(_NUMBER_BYTES, "big")


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _loaded(secret: str) -> _SigningKey:
    # environment files carry the PEM's line ends as two characters
    text = secret.replace("\\r", "").replace("\\n", "\n").strip()
    return _from_pem(text) if text.startswith("-----BEGIN") else _from_base64(text)


def _from_pem(text: str) -> _SigningKey:
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None  # the cause is dropped on purpose: its text may quote the key
    if isinstance(key, Ed25519PrivateKey):
        return key
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise ConfigurationInvalid(
        "the API key's privateKey is no unencrypted PEM of an ECDSA P-256 or Ed25519 key: create a key of one of these "
        "types, and keep its line ends"
    )


def _from_base64(text: str) -> Ed25519PrivateKey:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) not in {_SEED_BYTES, 2 * _SEED_BYTES}:
        raise ConfigurationInvalid(
            "the API key's privateKey is neither PEM nor base64 of an Ed25519 key (32 or 64 bytes): download it again"
        )
    key = Ed25519PrivateKey.from_private_bytes(raw[:_SEED_BYTES])
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    if len(raw) > _SEED_BYTES and raw[_SEED_BYTES:] != public:
        raise ConfigurationInvalid("the API key's privateKey is damaged: its two halves do not belong together")
    return key
