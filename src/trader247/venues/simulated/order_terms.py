"""Reading an order off the wire and refusing what its product does not allow, with the venue's own words.

Written from the venue's documents alone: increments, bounds and shapes are checked here a second time and by other
code than the daemon's (invariant I-46), so that one misreading cannot hide behind itself. Nothing is ever rounded.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, frozen

from trader247.model.instant import DAY, Instant, instant
from trader247.model.money import ZERO, floor_to
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.order_record import Kind, Terms
from trader247.venues.simulated.products import Product

__all__ = [
    "BadRequest",
    "Refusal",
    "number_of",
    "plain_configuration",
    "price_and_size_refusal",
    "read_attached",
    "read_terms",
    "stop_price_refusal",
]

_UNKNOWN: Final = "UNKNOWN_FAILURE_REASON"
_UNKNOWN_PREVIEW: Final = "UNKNOWN_PREVIEW_FAILURE_REASON"
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,15})?|\.\d{1,15}", re.ASCII)
"""Plain digits: exponents, signs and blanks are refused. The lengths keep every product exact in 28 digits."""

_FIELDS_MAX: Final = 32
"""Of one kind of order: several times what any has."""

_TEXT_MAX: Final = 128
"""Characters of a name or value: several times the longest number."""

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
_EITHER_SIZE: Final = frozenset({Kind.LIMIT_GTC, Kind.LIMIT_GTD, Kind.LIMIT_IOC})
_STOP: Final = _SIZES | {"limit_price", "stop_price", "stop_direction"}
_BRACKET: Final = _SIZES | {"limit_price", "stop_trigger_price"}
_FIELDS: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.MARKET_IOC: _SIZES,
    Kind.LIMIT_IOC: _SIZES | {"limit_price"},
    Kind.LIMIT_GTC: _SIZES | {"limit_price", "post_only"},
    Kind.LIMIT_GTD: _SIZES | {"limit_price", "post_only", "end_time"},
    Kind.LIMIT_FOK: _SIZES | {"limit_price", "post_only"},
    Kind.STOP_GTC: _STOP,
    Kind.STOP_GTD: _STOP | {"end_time"},
    Kind.BRACKET_GTC: _BRACKET,
    Kind.BRACKET_GTD: _BRACKET | {"end_time"},
}
_KINDS: Final[Mapping[object, Kind]] = {kind.value: kind for kind in Kind}
_SIDES: Final[Mapping[str, Side]] = {side.value: side for side in Side}
_DIRECTIONS: Final[Mapping[str, bool]] = {"STOP_DIRECTION_STOP_UP": True, "STOP_DIRECTION_STOP_DOWN": False}
_UNSUPPORTED: Final = "UNSUPPORTED_ORDER_CONFIGURATION"
_INVALID_CONFIG: Final = "PREVIEW_INVALID_ORDER_CONFIG"


def read_terms(
    product: Product, side_text: object, configuration: object, now: Instant
) -> Terms | Refusal | BadRequest:
    """The terms of an order, or why the product does not take them. Fields a kind does not know are ignored."""
    side = _SIDES.get(side_text) if isinstance(side_text, str) else None
    if side is None:
        return Refusal("INVALID_SIDE", "PREVIEW_INVALID_SIDE", f"side {side_text!r} is not BUY or SELL")
    if not isinstance(configuration, dict) or len(configuration) != 1:
        return BadRequest("order_configuration must hold exactly one kind of order")
    name, fields = next(iter(configuration.items()))
    kind = _KINDS.get(name)
    if kind is None:
        return Refusal(_UNSUPPORTED, _INVALID_CONFIG)
    if not isinstance(fields, dict):
        return BadRequest(f"order_configuration.{name} must be an object")
    if (odd := _odd_field(fields)) is not None:
        return BadRequest(f"order_configuration.{name}{odd}")
    given = {key: value for key, value in fields.items() if key in _FIELDS[kind] and value is not None and value != ""}
    return _read_fields(product, kind, side, given, now)


def _odd_field(fields: Mapping[str, object]) -> str | None:
    """What about the fields of a kind no order can mean; None for nothing. What is kept is given back for ever."""
    if len(fields) > _FIELDS_MAX:
        return f" has {len(fields)} fields, more than {_FIELDS_MAX}"
    for name, value in fields.items():
        if len(name) > _TEXT_MAX or (isinstance(value, str) and len(value) > _TEXT_MAX):
            return f".{name[:_TEXT_MAX]} has more than {_TEXT_MAX} characters"
    if not isinstance(fields.get("post_only", False), bool | None):
        return f".post_only must be true or false, not {fields['post_only']!r}"
    return None


def plain_configuration(configuration: object) -> dict[str, dict[str, Any]]:
    """A configuration as it is kept and given back: kinds, each with its plain fields; what is nested is left out."""
    if not isinstance(configuration, dict):
        return {}
    return {
        kind: {key: value for key, value in fields.items() if not isinstance(value, dict | list)}
        for kind, fields in configuration.items()
        if isinstance(fields, dict)
    }


def read_attached(product: Product, side: Side, sent: object) -> Terms | Refusal | BadRequest | None:
    """The terms of an order attached to one of ``side``, sized zero until that one ends; None where none is sent."""
    if sent is None or sent == {}:
        return None
    if not isinstance(sent, dict) or len(sent) != 1:
        return BadRequest("attached_order_configuration must hold exactly one kind of order")
    fields = sent.get(Kind.BRACKET_GTC.value)
    odd = _odd_field(fields) if isinstance(fields, dict) else None
    if odd is not None:
        return BadRequest(f"attached_order_configuration.{Kind.BRACKET_GTC}{odd}")
    if not isinstance(fields, dict) or side is Side.SELL or any(fields.get(size) for size in _SIZES):
        return Refusal(_UNSUPPORTED, _INVALID_CONFIG, "attached to a buy goes trigger_bracket_gtc without a size")
    amounts = _read_amounts(fields)
    if isinstance(amounts, Refusal):
        return amounts
    terms = Terms(Kind.BRACKET_GTC, Side.SELL, ZERO, None, amounts.get("limit_price"))
    refusal = _limit_refusal(product, terms.limit_price, None)
    return refusal or _with_stop(product, terms, fields, amounts.get("stop_trigger_price"))


def _read_fields(product: Product, kind: Kind, side: Side, given: dict[str, Any], now: Instant) -> Terms | Refusal:
    amounts = _read_amounts(given)
    if isinstance(amounts, Refusal):
        return amounts
    base, quote, limit = (amounts.get(key) for key in ("base_size", "quote_size", "limit_price"))
    post_only = given.get("post_only", False) is True
    if kind in _EITHER_SIZE and quote is not None and base is None and limit:
        refused = _size_refusal(product, None, quote)
        if refused is not None:
            return refused
        # a guess: a limit order sized in quote currency is one of the base size which that buys at its limit
        base, quote = floor_to(quote / limit, product.base_increment), None
    refusal = (
        _shape_refusal(kind, side, base, quote, post_only=post_only)
        or _size_refusal(product, base, quote)
        or (None if kind is Kind.MARKET_IOC else _limit_refusal(product, limit, base))
    )
    if refusal is not None:
        return refusal
    end_time = _read_end_time(kind, given, now)
    if isinstance(end_time, Refusal):
        return end_time
    terms = Terms(kind, side, base, quote, limit, post_only=post_only, end_time=end_time)
    if not kind.has_stop:
        return terms
    return _with_stop(product, terms, given, amounts.get("stop_trigger_price" if kind.is_bracket else "stop_price"))


def _shape_refusal(
    kind: Kind, side: Side, base: Decimal | None, quote: Decimal | None, *, post_only: bool
) -> Refusal | None:
    if (base is None) == (quote is None):
        return Refusal("INVALID_REQUEST", _INVALID_CONFIG, "give exactly one of base_size and quote_size")
    if quote is not None and (side is Side.SELL or kind is not Kind.MARKET_IOC):
        return Refusal(_UNSUPPORTED, _INVALID_CONFIG, "quote_size is for market buys and plain limit orders")
    if kind.is_bracket and side is Side.BUY:
        return Refusal(_UNSUPPORTED, _INVALID_CONFIG, "a bracket sells what is held")
    if kind is Kind.LIMIT_FOK and post_only:
        return Refusal("POST_ONLY_NOT_ALLOWED_WITH_FOK", _INVALID_CONFIG)
    return None


def _with_stop(product: Product, terms: Terms, given: Mapping[str, Any], stop: Decimal | None) -> Terms | Refusal:
    """The terms with their stop. Which of the two reasons goes with a missing direction is a guess."""
    direction = given.get("stop_direction")
    upwards = _DIRECTIONS.get(direction) if isinstance(direction, str) else None
    if terms.kind.is_bracket:
        upwards = False
    if upwards is None:
        return Refusal("INVALID_REQUEST", _INVALID_CONFIG, f"stop_direction must be one of {', '.join(_DIRECTIONS)}")
    refusal = stop_price_refusal(product, evolve(terms, stop_price=stop, stop_upwards=upwards))
    return refusal or evolve(terms, stop_price=stop, stop_upwards=upwards)


def stop_price_refusal(product: Product, terms: Terms) -> Refusal | None:
    """Why a product does not take the stop price of an order with a stop, whatever the market does."""
    stop, limit = terms.stop_price, terms.limit_price
    if stop is None or stop <= 0:
        return Refusal(_UNKNOWN, "PREVIEW_INVALID_STOP_PRICE", "stop price is missing")
    if stop % product.price_increment != 0:
        return Refusal("INVALID_PRICE_PRECISION", "PREVIEW_INVALID_PRICE_PRECISION", "Too many decimals in order price")
    if limit is None:
        return None
    if terms.kind.is_bracket:
        return Refusal(_UNKNOWN, "PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE") if stop >= limit else None
    if terms.side is Side.BUY and terms.stop_upwards and stop > limit:
        return Refusal(_UNKNOWN, "PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE")
    if terms.side is Side.SELL and not terms.stop_upwards and stop < limit:
        return Refusal(_UNKNOWN, "PREVIEW_STOP_PRICE_BELOW_LIMIT_PRICE")
    return None


def price_and_size_refusal(product: Product, price: Decimal, size: Decimal) -> Refusal | None:
    """Why a product does not take a limit order of that price and base size."""
    return _size_refusal(product, size, None) or _limit_refusal(product, price, size)


def number_of(text: object) -> Decimal | None:
    """The plain decimal a text spells, or None: exponents, signs and blanks are none."""
    return Decimal(text) if isinstance(text, str) and _NUMBER.fullmatch(text) is not None else None


def _read_amounts(given: Mapping[str, Any]) -> dict[str, Decimal] | Refusal:
    amounts: dict[str, Decimal] = {}
    for key in ("base_size", "quote_size", "limit_price", "stop_price", "stop_trigger_price"):
        text = given.get(key)
        if text is None:
            continue
        amount = number_of(text)
        if amount is None:
            return Refusal(
                "INVALID_REQUEST", "PREVIEW_NON_NUMERIC_ORDER_SIZE", f"{key} is not a plain decimal: {text!r}"
            )
        amounts[key] = amount
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


def _limit_refusal(product: Product, limit: Decimal | None, base: Decimal | None) -> Refusal | None:
    if limit is None:
        return Refusal("INVALID_LIMIT_PRICE", "PREVIEW_INVALID_LIMIT_PRICE", "limit_price is missing")
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
    if not kind.has_end:
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
