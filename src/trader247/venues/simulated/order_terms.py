"""Reading an order off the wire and refusing what its product does not allow, with the venue's own words.

Written from the venue's documents alone: increments, bounds and shapes are checked here a second time and by other
code than the daemon's (invariant I-46), so that one misreading cannot hide behind itself. Nothing is ever rounded.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from trader247.model.instant import DAY, Instant, instant
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.order_record import Kind, Terms
from trader247.venues.simulated.products import Product

__all__ = ["BadRequest", "Refusal", "plain_configuration", "read_terms"]

_UNKNOWN: Final = "UNKNOWN_FAILURE_REASON"
_UNKNOWN_PREVIEW: Final = "UNKNOWN_PREVIEW_FAILURE_REASON"
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,15})?|\.\d{1,15}", re.ASCII)
"""Plain digits: exponents, signs and blanks are refused. The lengths keep every product exact in 28 digits."""

_END_TIME_DAYS_MAX: Final = 366
"""A good-till-date order ends within a year (and a leap day)."""


@frozen
class Refusal:
    """A definite no by business rules: HTTP 200 with ``success: false``."""

    reason: str
    preview: str = _UNKNOWN_PREVIEW
    message: str = ""


@frozen
class BadRequest:
    """A request whose shape is wrong: HTTP 400."""

    message: str


_SIZES: Final = frozenset({"base_size", "quote_size"})
_FIELDS: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.MARKET_IOC: _SIZES,
    Kind.LIMIT_IOC: _SIZES | {"limit_price"},
    Kind.LIMIT_GTC: _SIZES | {"limit_price", "post_only"},
    Kind.LIMIT_GTD: _SIZES | {"limit_price", "post_only", "end_time"},
    Kind.LIMIT_FOK: _SIZES | {"limit_price"},
}


def read_terms(
    product: Product, side_text: object, configuration: object, now: Instant
) -> Terms | Refusal | BadRequest:
    """The terms of an order, or why the product does not take them. Fields a kind does not know are ignored."""
    if not isinstance(side_text, str) or side_text not in {"BUY", "SELL"}:
        return Refusal("INVALID_SIDE", "PREVIEW_INVALID_SIDE", f"side {side_text!r} is not BUY or SELL")
    side = Side(side_text)
    if not isinstance(configuration, dict) or len(configuration) != 1:
        return BadRequest("order_configuration must hold exactly one kind of order")
    name, fields = next(iter(configuration.items()))
    if name not in {kind.value for kind in Kind}:
        return Refusal("UNSUPPORTED_ORDER_CONFIGURATION", "PREVIEW_INVALID_ORDER_CONFIG")
    if not isinstance(fields, dict):
        return BadRequest(f"order_configuration.{name} must be an object")
    kind = Kind(name)
    given = {key: value for key, value in fields.items() if key in _FIELDS[kind] and value is not None and value != ""}
    return _read_fields(product, kind, side, given, now)


def plain_configuration(configuration: object) -> dict[str, dict[str, Any]]:
    """A configuration as it is kept and given back: kinds, each with its plain fields; what is nested is left out."""
    if not isinstance(configuration, dict):
        return {}
    return {
        kind: {key: value for key, value in fields.items() if not isinstance(value, dict | list)}
        for kind, fields in configuration.items()
        if isinstance(fields, dict)
    }


def _read_fields(product: Product, kind: Kind, side: Side, given: dict[str, Any], now: Instant) -> Terms | Refusal:
    amounts = _read_amounts(given)
    if isinstance(amounts, Refusal):
        return amounts
    base, quote, limit = (amounts.get(key) for key in ("base_size", "quote_size", "limit_price"))
    if (base is None) == (quote is None):
        return Refusal(
            "INVALID_REQUEST", "PREVIEW_INVALID_ORDER_CONFIG", "give exactly one of base_size and quote_size"
        )
    if quote is not None and (side is Side.SELL or kind is not Kind.MARKET_IOC):
        return Refusal(
            "UNSUPPORTED_ORDER_CONFIGURATION", "PREVIEW_INVALID_ORDER_CONFIG", "quote_size is for market buys"
        )
    if limit is None and kind is not Kind.MARKET_IOC:
        return Refusal("INVALID_LIMIT_PRICE", "PREVIEW_INVALID_LIMIT_PRICE", "limit_price is missing")
    refusal = _size_refusal(product, base, quote) or _price_refusal(product, limit, base)
    if refusal is not None:
        return refusal
    end_time = _read_end_time(kind, given, now)
    if isinstance(end_time, Refusal):
        return end_time
    return Terms(kind, side, base, quote, limit, post_only=given.get("post_only", False) is True, end_time=end_time)


def _read_amounts(given: Mapping[str, Any]) -> dict[str, Decimal] | Refusal:
    amounts: dict[str, Decimal] = {}
    for key in ("base_size", "quote_size", "limit_price"):
        text = given.get(key)
        if text is None:
            continue
        if not isinstance(text, str) or _NUMBER.fullmatch(text) is None:
            return Refusal(
                "INVALID_REQUEST", "PREVIEW_NON_NUMERIC_ORDER_SIZE", f"{key} is not a plain decimal: {text!r}"
            )
        amounts[key] = Decimal(text)
    return amounts


def _size_refusal(product: Product, base: Decimal | None, quote: Decimal | None) -> Refusal | None:
    if base is not None:
        if base % product.base_increment != 0:
            message = "Too many decimals in order amount"
            return Refusal("INVALID_SIZE_PRECISION", "PREVIEW_INVALID_SIZE_PRECISION", message)
        if base < product.base_min_size:
            return Refusal(_UNKNOWN, "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL")
        if base > product.base_max_size:
            return Refusal(_UNKNOWN, "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE")
    if quote is not None:
        if quote % product.quote_increment != 0:
            message = "Too many decimals in order amount"
            return Refusal("INVALID_SIZE_PRECISION", "PREVIEW_INVALID_QUOTE_SIZE_PRECISION", message)
        return _notional_refusal(product, quote)
    return None


def _price_refusal(product: Product, limit: Decimal | None, base: Decimal | None) -> Refusal | None:
    if limit is None:
        return None
    if limit <= 0:
        return Refusal("INVALID_LIMIT_PRICE", "PREVIEW_INVALID_LIMIT_PRICE")
    if limit % product.price_increment != 0:
        message = "Too many decimals in order price"
        return Refusal("INVALID_PRICE_PRECISION", "PREVIEW_INVALID_PRICE_PRECISION", message)
    return None if base is None else _notional_refusal(product, limit * base)


def _notional_refusal(product: Product, notional: Decimal) -> Refusal | None:
    if notional < product.quote_min_size:
        return Refusal(_UNKNOWN, "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL")
    if notional > product.quote_max_size:
        return Refusal(_UNKNOWN, "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE")
    return None


def _read_end_time(kind: Kind, given: Mapping[str, Any], now: Instant) -> Instant | Refusal | None:
    if kind is not Kind.LIMIT_GTD:
        return None
    text = given.get("end_time")
    if text is None:
        return Refusal("GTD_ORDERS_MUST_HAVE_END_TIME", "PREVIEW_INVALID_END_TIME")
    try:
        end_time = instant(str(text))
    except ValueError:
        return Refusal("INVALID_REQUEST", "PREVIEW_INVALID_END_TIME", f"end_time is not RFC 3339: {text!r}")
    if end_time <= now:
        return Refusal("END_TIME_IS_IN_THE_PAST", "PREVIEW_INVALID_END_TIME")
    if end_time > now + _END_TIME_DAYS_MAX * DAY:
        return Refusal("END_TIME_TOO_FAR_IN_FUTURE", "PREVIEW_INVALID_END_TIME")
    return end_time
