"""Pages of one portfolio: wallets, permissions, fees."""

from typing import Final

from trader247.model.instant import Instant
from trader247.model.money import ZERO, plain
from trader247.venues.simulated.auth import KeyHolder
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.http_shapes import Params, failed
from trader247.venues.simulated.ledger import Balance
from trader247.venues.simulated.paging import position_of
from trader247.venues.simulated.wire import Json, account_object

__all__ = ["AccountPages"]

_ACCOUNTS_PAGE: Final = 49
_ACCOUNTS_MAX: Final = 250


class AccountPages:
    """What a key may know of its own portfolio."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Reads the exchange, changes nothing."""
        self._exchange = exchange

    # ---------------------------------------------------------------------------------------------------- account
    def accounts(self, params: Params, caller: KeyHolder) -> Json:
        """Wallets, one per currency traded or held, in pages."""
        wallets = list(self._wallets(caller.portfolio_id).items())
        first = position_of(params.text("cursor")) or 0
        limit = params.count("limit", _ACCOUNTS_PAGE, _ACCOUNTS_MAX)
        shown = wallets[first : first + limit]
        more = first + limit < len(wallets)
        return {
            "accounts": [account_object(self._exchange, caller.portfolio_id, *wallet) for wallet in shown],
            "has_next": more,
            "cursor": str(first + limit) if more else "",
            "size": len(shown),
        }

    def account(self, caller: KeyHolder, wallet_id: str) -> Json:
        """One wallet by its id."""
        for wallet in self._wallets(caller.portfolio_id).items():
            account = account_object(self._exchange, caller.portfolio_id, *wallet)
            if account["uuid"] == wallet_id:
                return {"account": account}
        raise failed(404, "NOT_FOUND", "account not found")

    def _wallets(self, portfolio_id: str) -> dict[str, Balance]:
        nothing = Balance(ZERO, ZERO)
        empty = dict.fromkeys(self._exchange.currencies(), nothing)
        return empty | dict(self._exchange.wallets(portfolio_id))

    def key_permissions(self, caller: KeyHolder) -> Json:
        """What the key may do."""
        return {
            "can_view": caller.can_view,
            "can_trade": caller.can_trade,
            "can_transfer": caller.can_transfer,
            "portfolio_uuid": caller.portfolio_id,
            "portfolio_type": "DEFAULT",
        }

    def transaction_summary(self, caller: KeyHolder, now: Instant) -> Json:
        """Fee tier and the volume of thirty days; volumes and fees are JSON numbers here."""
        tier = self._exchange.fees.tier(caller.portfolio_id, now)
        volume, fees = (float(each) for each in self._exchange.records.turnover(caller.portfolio_id, now))
        dollars = self._exchange.ledger.balance(caller.portfolio_id, "USD").total
        unused = dict.fromkeys(
            ("aop_from", "aop_to", "perps_vol_from", "perps_vol_to", "futures_vol_from", "futures_vol_to"), ""
        )
        return {
            "total_volume": volume,
            "total_fees": fees,
            "fee_tier": {
                "pricing_tier": tier.name,
                "usd_from": tier.usd_from,
                "usd_to": tier.usd_to,
                "taker_fee_rate": plain(tier.taker),
                "maker_fee_rate": plain(tier.maker),
                **unused,
                "volume_types_and_range": [],
            },
            "margin_rate": None,
            "goods_and_services_tax": None,
            "advanced_trade_only_volume": volume,
            "advanced_trade_only_fees": fees,
            "coinbase_pro_volume": 0,
            "coinbase_pro_fees": 0,
            "total_balance": plain(dollars),
            "has_promo_fee": False,
            "volume_breakdown": [{"volume_type": "VOLUME_TYPE_SPOT", "volume": volume}],
            "has_cost_plus_commission": False,
        }
