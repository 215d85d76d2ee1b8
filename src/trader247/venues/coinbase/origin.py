"""Which addresses may be given an API key's signatures: encrypted ones, and this machine. Pure."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from trader247.errors import ConfigurationInvalid

__all__ = ["REST_SCHEMES", "STREAM_SCHEMES", "checked_origin"]

REST_SCHEMES: Final = ("https", "http")
STREAM_SCHEMES: Final = ("wss", "ws")


def checked_origin(url: str, schemes: tuple[str, str]) -> str:
    """The URL without a trailing slash, if signed requests may go there; ``schemes`` are the encrypted and the plain.

    Only a stream's URL may have a path.

    Raises:
        ConfigurationInvalid: wrong scheme, no host, user information, a query, or plain and not on this machine.
    """
    encrypted, unencrypted = schemes
    wanted = f"expected {encrypted}://host[:port]"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as fault:
        raise ConfigurationInvalid(f"venue URL {url!r} is not a URL ({fault}); {wanted}") from None
    if parts.scheme not in schemes or not host or parts.username or parts.query or parts.fragment:
        raise ConfigurationInvalid(f"venue URL {url!r} cannot be used; {wanted}")
    if schemes == REST_SCHEMES and parts.path not in {"", "/"}:
        raise ConfigurationInvalid(f"venue URL {url!r} must not have a path; {wanted}")
    if parts.scheme == unencrypted and not _on_this_machine(host):
        raise ConfigurationInvalid(
            f"venue URL {url!r} would send signed requests unencrypted; use {encrypted}:// or a loopback address"
        )
    return url.rstrip("/")


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
