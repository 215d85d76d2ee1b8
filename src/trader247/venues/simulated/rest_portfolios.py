"""Portfolios: list, breakdown, create, rename, delete, and moving funds between them.

One person owns them: those created under a key belong to that key's owner, whose first portfolio is the key's own.
A key trades in its own portfolio only, as on the real venue; the others hold funds. Their names and the wording of
refusals are guesses, the shapes are not.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import define

from trader247.model.money import ZERO, plain
from trader247.venues.simulated.auth import KeyHolder
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.http_shapes import Request, decoded, failed
from trader247.venues.simulated.ledger import Balance
from trader247.venues.simulated.wire import Json, account_object

__all__ = ["PortfolioPages"]

_TYPES: Final = ("UNDEFINED", "DEFAULT", "CONSUMER", "INTX")
_PORTFOLIOS_MAX: Final = 100
_NAME_MAX: Final = 100
_AMOUNT_DIGITS_MAX: Final = 40
_CASH: Final = frozenset({"USD", "USDC", "EUR", "GBP"})


@define
class _Portfolio:
    portfolio_id: str
    name: str
    kind: str
    is_deleted: bool = False

    def shown(self) -> Json:
        return {"name": self.name, "uuid": self.portfolio_id, "type": self.kind, "deleted": self.is_deleted}


class PortfolioPages:
    """Everything under ``/portfolios``."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Funds move in the exchange's ledger; names live here and are forgotten at a restart."""
        self._exchange = exchange
        self._by_owner: dict[str, dict[str, _Portfolio]] = {}

    @staticmethod
    def has(method: str, path: str) -> bool:
        """Whether there is such a page."""
        below = path.removeprefix("/portfolios").strip("/")
        if not below:
            return method in {"GET", "POST"}
        return method == "POST" if below == "move_funds" else "/" not in below and method in {"GET", "PUT", "DELETE"}

    def page(self, request: Request, path: str, caller: KeyHolder) -> Json:
        """The answer at a path that ``has`` knows, for a caller who may ask."""
        below, mine = path.removeprefix("/portfolios").strip("/"), self._mine(caller)
        if not below:
            return self._list(request, mine) if request.method == "GET" else self._create(request, mine)
        if below == "move_funds":
            return self._move(request, mine)
        found = self._found(mine, below)
        if request.method == "GET":
            return {"breakdown": self._breakdown(found)}
        if request.method == "PUT":
            found.name = _name(request)
            return {"portfolio": found.shown()}
        return self._delete(found)

    def _mine(self, caller: KeyHolder) -> dict[str, _Portfolio]:
        first = _Portfolio(caller.portfolio_id, "Default", "DEFAULT")
        return self._by_owner.setdefault(caller.portfolio_id, {first.portfolio_id: first})

    @staticmethod
    def _found(mine: Mapping[str, _Portfolio], portfolio_id: object) -> _Portfolio:
        found = mine.get(portfolio_id) if isinstance(portfolio_id, str) else None
        if found is None or found.is_deleted:
            raise failed(404, "NOT_FOUND", "portfolio not found")
        return found

    @staticmethod
    def _list(request: Request, mine: Mapping[str, _Portfolio]) -> Json:
        kind = request.params.one_of("portfolio_type", _TYPES)
        wanted = kind in {"", "UNDEFINED"}
        return {"portfolios": [each.shown() for each in mine.values() if wanted or each.kind == kind]}

    def _create(self, request: Request, mine: dict[str, _Portfolio]) -> Json:
        name = _name(request)
        if len(mine) >= _PORTFOLIOS_MAX:
            raise failed(400, "INVALID_ARGUMENT", f"at most {_PORTFOLIOS_MAX} portfolios")
        if any(each.name == name and not each.is_deleted for each in mine.values()):
            raise failed(400, "INVALID_ARGUMENT", "a portfolio with this name already exists")
        made = _Portfolio(self._exchange.ids.unique(), name, "CONSUMER")
        mine[made.portfolio_id] = made
        return {"portfolio": made.shown()}

    def _delete(self, found: _Portfolio) -> Json:
        if found.kind == "DEFAULT":
            raise failed(400, "INVALID_ARGUMENT", "the default portfolio cannot be deleted")
        if any(balance.total for balance in self._exchange.ledger.balances(found.portfolio_id).values()):
            raise failed(400, "INVALID_ARGUMENT", "portfolio is not empty")
        found.is_deleted = True
        return {}

    def _move(self, request: Request, mine: Mapping[str, _Portfolio]) -> Json:
        body = _object(request)
        funds = body.get("funds")
        if not isinstance(funds, dict):
            raise failed(400, "INVALID_ARGUMENT", "funds must have a value and a currency")
        source = self._found(mine, body.get("source_portfolio_uuid"))
        target = self._found(mine, body.get("target_portfolio_uuid"))
        amount, currency = _amount(funds.get("value")), funds.get("currency")
        if not isinstance(currency, str) or source is target:
            raise failed(400, "INVALID_ARGUMENT", "funds cannot be moved between these portfolios")
        if self._exchange.ledger.available(source.portfolio_id, currency) < amount:
            raise failed(400, "INVALID_ARGUMENT", "insufficient funds")
        self._exchange.ledger.pay(source.portfolio_id, target.portfolio_id, currency, amount)
        return {"source_portfolio_uuid": source.portfolio_id, "target_portfolio_uuid": target.portfolio_id}

    # -------------------------------------------------------------------------------------------------- breakdown
    def _breakdown(self, found: _Portfolio) -> Json:
        balances = self._exchange.ledger.balances(found.portfolio_id)
        values = {currency: self._dollars(currency) * balance.total for currency, balance in balances.items()}
        total = sum(values.values(), ZERO)
        cash = sum((value for currency, value in values.items() if currency in _CASH), ZERO)
        return {
            "portfolio": found.shown(),
            "portfolio_balances": {
                "total_balance": _usd(total),
                "total_futures_balance": _usd(ZERO),
                "total_cash_equivalent_balance": _usd(cash),
                "total_crypto_balance": _usd(total - cash),
                "futures_unrealized_pnl": _usd(ZERO),
                "perp_unrealized_pnl": _usd(ZERO),
            },
            "spot_positions": [
                self._position(found, currency, balance, total) for currency, balance in balances.items()
            ],
            "perp_positions": [],
            "futures_positions": [],
        }

    def _position(self, found: _Portfolio, currency: str, balance: Balance, total: Decimal) -> Json:
        """Amounts are JSON numbers here; what a position cost is not kept, so its basis is always 0."""
        price = self._dollars(currency)
        fiat = price * balance.total
        account = account_object(self._exchange, found.portfolio_id, currency, balance)
        return {
            "asset": currency,
            "account_uuid": account["uuid"],
            "total_balance_fiat": float(fiat),
            "total_balance_crypto": float(balance.total),
            "available_to_trade_fiat": float(price * balance.available),
            "available_to_trade_crypto": float(balance.available),
            "allocation": float(fiat / total) if total else 0.0,
            "one_day_change": 0.0,
            "cost_basis": _usd(ZERO),
            "asset_img_url": "",
            "is_cash": currency in _CASH,
        }

    def _dollars(self, currency: str) -> Decimal:
        """The last price in US dollars; zero where there is none."""
        if currency in {"USD", "USDC"}:
            return Decimal(1)
        product = self._exchange.products.get(f"{currency}-USD")
        last = None if product is None else self._exchange.candles[product.product_id].last
        return ZERO if product is None or last is None else product.price(last)


def _usd(value: Decimal) -> Json:
    return {"value": plain(value), "currency": "USD"}


def _object(request: Request) -> dict[str, Any]:
    content = decoded(request.body)
    if not isinstance(content, dict):
        raise failed(400, "INVALID_ARGUMENT", "the body is no JSON object")
    return content


def _name(request: Request) -> str:
    name = _object(request).get("name")
    if not isinstance(name, str) or not 0 < len(name) <= _NAME_MAX:
        raise failed(400, "INVALID_ARGUMENT", f"name must have 1 to {_NAME_MAX} characters")
    return name


def _amount(value: object) -> Decimal:
    """A plain decimal text above zero: no sign, no exponent."""
    digits = value.replace(".", "", 1) if isinstance(value, str) else ""
    if not digits.isascii() or not digits.isdigit() or len(digits) > _AMOUNT_DIGITS_MAX or not Decimal(str(value)):
        raise failed(400, "INVALID_ARGUMENT", "funds.value must be a plain decimal above zero")
    return Decimal(str(value))
