"""Every mailbox of the daemon: its lanes, their bounds, and what happens when one is full.

Money never drops: a lane that is full refuses, and the refusal halts. What only the newest value matters of (quotes,
permits, portfolios, votes) keeps one per key. What is only looked at (the board, alerts to deliver) drops the oldest.
Lanes are served in the order they stand here; so cancels go before places, and a place meets the newest permit.
"""

from typing import Any

from trader247.core.alerter import AlerterIn
from trader247.core.breakers import BreakersIn
from trader247.core.clock_guard import GuardIn
from trader247.core.cycle import CycleIn
from trader247.core.journal import JournalIn
from trader247.core.kill_switch import SwitchIn
from trader247.core.market_feed import FeedIn, Reads
from trader247.core.order_gateway import GatewayIn
from trader247.core.order_manager import ManagerIn
from trader247.core.permit import DeskIn
from trader247.core.reconciler import Questions, ReconcilerIn
from trader247.core.risk_arbiter import ArbiterIn
from trader247.core.status_board import BoardFact
from trader247.core.user_feed import UserFeedIn
from trader247.messages.breakers import BreakersListed, SetBreaker
from trader247.messages.control import AlertDue, FlattenOrdered, GroupsChanged, GuardVoted, PermitRenewed, PolicyChanged
from trader247.messages.market import QuoteAccepted, QuoteSeen
from trader247.messages.orders import (
    BooksLoaded,
    CancelAll,
    CancelOrders,
    DrainOrders,
    PlaceOrder,
    PortfolioChanged,
    ResumeOrders,
)
from trader247.messages.trading import Deliberate
from trader247.model.ids import StrategyName
from trader247.model.instrument import Symbol
from trader247.runtime.channels import Lane, Mailbox, Overflow, Switchboard

__all__ = ["Mailboxes"]

_MONEY = 4096
"""Messages that wait at most where none may be lost: a minute of the busiest order flow the pacing allows, many times
over; more means that the consumer is dead, and that has to be heard."""
_NEWEST = 256
"""Keys of a newest-only lane: more instruments than any universe here has."""


def _lane(*rows: tuple[tuple[type[Any], ...], str], otherwise: str) -> Any:
    table = {kind: name for kinds, name in rows for kind in kinds}

    def lane_of(message: object) -> str:
        return table.get(type(message), otherwise)

    return lane_of


def _newest(name: str, key: Any) -> Lane:
    return Lane(name, _NEWEST, Overflow.LATEST, key=key)


def _money(name: str, capacity: int = _MONEY) -> Lane:
    return Lane(name, capacity, Overflow.REFUSE)


def _looked_at(name: str, capacity: int) -> Lane:
    return Lane(name, capacity, Overflow.DROP_OLDEST)


def _only(_message: object) -> int:
    """One key for all: a single value waits."""
    return 0


def _symbol(seen: QuoteSeen | QuoteAccepted) -> Symbol:
    return seen.quote.symbol


class Mailboxes:
    """One attribute per mailbox. They outlive every incarnation of their consumers."""

    def __init__(self, board: Switchboard, strategies: tuple[StrategyName, ...]) -> None:
        """``strategies`` are the workers that get a mailbox each."""
        # safety
        self.journal: Mailbox[JournalIn] = Mailbox("journal", board, lanes=(_money("facts", 16_384),))
        self.permit_desk = _permit_desk(board)
        self.breakers = _breakers(board)
        self.order_manager = _order_manager(board)
        self.order_gateway = _order_gateway(board)
        self.reconciler = _reconciler(board)
        self.questions: Mailbox[Questions] = Mailbox("reconciler.questions", board, lanes=(_money("questions"),))
        self.user_feed: Mailbox[UserFeedIn] = Mailbox("user_feed", board, lanes=(_money("reports"),))
        self.alerter: Mailbox[AlerterIn] = Mailbox("alerter", board, lanes=(_looked_at("alerts", 4096),))
        self.alerts_due: Mailbox[AlertDue] = Mailbox("alerter.due", board, lanes=(_looked_at("due", 1024),))
        self.kill_switch: Mailbox[SwitchIn] = Mailbox("kill_switch", board, lanes=(_money("orders", 256),))
        # trading
        self.clock_guard: Mailbox[GuardIn] = Mailbox("clock_guard", board, lanes=(_looked_at("looks", 64),))
        self.market_feed = _market_feed(board)
        self.reads: Mailbox[Reads] = Mailbox("market_feed.reads", board, lanes=(_money("reads"),))
        self.cycle = _cycle(board)
        self.risk_arbiter = _risk_arbiter(board)
        self.strategies: dict[StrategyName, Mailbox[Deliberate]] = {
            name: Mailbox(f"strategy:{name}", board, lanes=(_newest("snapshot", _only),)) for name in strategies
        }
        # the faces
        self.board: Mailbox[BoardFact] = _board(board)

    def all(self) -> tuple[Mailbox[Any], ...]:
        """Every mailbox, in a fixed order."""
        return (*(box for box in vars(self).values() if isinstance(box, Mailbox)), *self.strategies.values())


# --------------------------------------------------------------------------------------------- of several lanes: safety
def _permit_desk(board: Switchboard) -> Mailbox[DeskIn]:
    """An order to halt or to reduce goes before any vote."""
    return Mailbox(
        "permit_desk",
        board,
        lanes=(_money("orders", 64), _newest("votes", lambda vote: vote.guard)),
        lane_of=_lane(((GuardVoted,), "votes"), otherwise="orders"),
    )


def _breakers(board: Switchboard) -> Mailbox[BreakersIn]:
    """An operator goes first. Calls that nobody takes are dropped: their consumer is dead, and so is its vote."""
    return Mailbox(
        "breakers",
        board,
        lanes=(_money("orders", 64), _looked_at("ended", 4096)),
        lane_of=_lane(((SetBreaker, PolicyChanged), "orders"), otherwise="ended"),
    )


def _order_manager(board: Switchboard) -> Mailbox[ManagerIn]:
    """A cancel of everything goes before all that is being worked on, and the market comes last."""
    return Mailbox(
        "order_manager",
        board,
        lanes=(_money("control", 64), _money("work"), _newest("quotes", _symbol)),
        lane_of=_lane(
            ((CancelAll, ResumeOrders, DrainOrders, BooksLoaded), "control"),
            ((PolicyChanged, GroupsChanged, FlattenOrdered), "control"),
            ((QuoteAccepted,), "quotes"),
            otherwise="work",
        ),
    )


def _order_gateway(board: Switchboard) -> Mailbox[GatewayIn]:
    """Cancels before permits, permits before places."""
    return Mailbox(
        "order_gateway",
        board,
        lanes=(_money("cancels", 1024), _newest("permits", _only), _money("places", 1024)),
        lane_of=_lane(
            ((CancelOrders,), "cancels"),
            ((PermitRenewed,), "permits"),
            ((PlaceOrder,), "places"),
            otherwise="places",
        ),
    )


def _reconciler(board: Switchboard) -> Mailbox[ReconcilerIn]:
    """What the venue holds is compared with the newest books."""
    return Mailbox(
        "reconciler",
        board,
        lanes=(_newest("portfolio", _only), _money("work", 1024)),
        lane_of=_lane(((PortfolioChanged,), "portfolio"), otherwise="work"),
    )


# -------------------------------------------------------------------------------------------- of several lanes: trading
def _market_feed(board: Switchboard) -> Mailbox[FeedIn]:
    """Bars and changes of the stream go before quotes, of which only the newest counts."""
    return Mailbox(
        "market_feed",
        board,
        lanes=(_money("work"), _newest("quotes", _symbol)),
        lane_of=_lane(((QuoteSeen,), "quotes"), otherwise="work"),
    )


def _cycle(board: Switchboard) -> Mailbox[CycleIn]:
    """A cycle begins with the newest permit, portfolio and list of breakers."""
    return Mailbox(
        "cycle",
        board,
        lanes=(
            _newest("permit", _only),
            _newest("portfolio", _only),
            _newest("breakers", _only),
            _money("work"),
            _newest("quotes", _symbol),
        ),
        lane_of=_lane(
            ((PermitRenewed,), "permit"),
            ((PortfolioChanged,), "portfolio"),
            ((BreakersListed,), "breakers"),
            ((QuoteAccepted,), "quotes"),
            otherwise="work",
        ),
    )


def _risk_arbiter(board: Switchboard) -> Mailbox[ArbiterIn]:
    """Proposals are ruled on with the newest portfolio and the newest list of breakers."""
    return Mailbox(
        "risk_arbiter",
        board,
        lanes=(_newest("portfolio", _only), _newest("breakers", _only), _money("proposals", 1024)),
        lane_of=_lane(
            ((PortfolioChanged,), "portfolio"),
            ((BreakersListed,), "breakers"),
            otherwise="proposals",
        ),
    )


def _board(board: Switchboard) -> Mailbox[BoardFact]:
    """What comes often keeps its newest only, so that it cannot push out what comes once."""
    return Mailbox(
        "web_face",
        board,
        lanes=(
            _looked_at("facts", 8192),
            _newest("permit", _only),
            _newest("portfolio", _only),
            _newest("breakers", _only),
            _newest("quotes", _symbol),
        ),
        lane_of=_lane(
            ((PermitRenewed,), "permit"),
            ((PortfolioChanged,), "portfolio"),
            ((BreakersListed,), "breakers"),
            ((QuoteAccepted,), "quotes"),
            otherwise="facts",
        ),
    )
