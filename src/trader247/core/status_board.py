"""The read model of the faces: facts go in, and answers for people come out. It never sends anything.

The board holds no truth of its own (the journal has that); it is what a person sees of the truth. Every answer is a
plain dictionary or list ready for JSON, total, and made without waiting, so that looking never holds up trading.
"""

from collections.abc import Sequence

from trader247.core.differences import in_words
from trader247.core.status_facts import BoardFact, Facts
from trader247.core.status_views import (
    Plain,
    alert_view,
    ban_view,
    breaker_view,
    cycle_view,
    exposure_view,
    fill_view,
    flatten_view,
    guard_view,
    halt_view,
    order_view,
    position_view,
    quote_view,
    refusal_view,
    withheld_view,
)
from trader247.core.why import Why, WhyTerms, why
from trader247.messages.codec import as_plain
from trader247.messages.control import AlertState
from trader247.messages.orders import OrderWithheld
from trader247.model.instant import Moment, rfc3339
from trader247.model.instrument import Symbol
from trader247.model.money import HUNDRED, plain
from trader247.model.order import Order, OrderStatus

__all__ = ["BoardFact", "StatusBoard"]


class StatusBoard:
    """A decider that decides nothing: ``handle`` notes a fact and answers with no message."""

    ready = True

    def __init__(self, terms: WhyTerms | None = None, orders: Sequence[Order] = ()) -> None:
        """``terms`` are the two limits that ``why`` compares with; ``orders`` those of earlier runs, oldest first."""
        self.facts = Facts()
        self.facts.remember(orders)
        self._terms = terms or WhyTerms()

    def start(self, now: Moment) -> list[BoardFact]:
        """Nothing to say."""
        return []

    def handle(self, message: BoardFact, now: Moment) -> list[BoardFact]:
        """Remember the fact."""
        self.facts.note(message, now)
        return []

    def take_terms(self, terms: WhyTerms) -> None:
        """Compare with these limits from now on."""
        self._terms = terms

    # ---------------------------------------------------------------------------------------------- the answers
    def status(self, now: Moment) -> Plain:
        """Everything a person wants to know first: run, state, permit panel, account, last cycle, streams, counts."""
        return {
            **self._run(now),
            "permit": self._permit(now),
            "account": self._account(),
            "cycle": self._cycle(now),
            "strategies": self.strategies(),
            "bans": self.bans(now),
            "breakers": [line for line in self.breakers() if line["state"] != "CLOSED"],
            "streams": self._streams(now),
            "reconciliation": self._reconciliation(now),
            "counts": self._counts(),
        }

    def orders(self, limit: int = 500) -> list[Plain]:
        """The newest ``limit`` orders, newest first, withheld ones among them."""
        newest = list(reversed(self.facts.orders.values()))[: max(limit, 0)]
        return [
            withheld_view(seen.fact, seen.at.utc) if isinstance(seen.fact, OrderWithheld) else order_view(seen.fact)
            for seen in newest
        ]

    def fills(self, limit: int = 500) -> list[Plain]:
        """The newest ``limit`` fills, newest first."""
        return [fill_view(fill) for fill in list(reversed(self.facts.fills))[: max(limit, 0)]]

    def refusals(self, limit: int = 200) -> list[Plain]:
        """The newest ``limit`` refused proposals, newest first."""
        newest = list(reversed(self.facts.refusals))[: max(limit, 0)]
        return [refusal_view(seen.fact, seen.at.utc) for seen in newest]

    def positions(self) -> list[Plain]:
        """Every open position, by symbol."""
        if self.facts.portfolio is None:
            return []
        folio, quotes = self.facts.portfolio.fact, self.facts.quotes
        held = sorted((p for p in folio.positions if p.quantity), key=lambda position: position.symbol)
        return [position_view(p, quotes[p.symbol].fact if p.symbol in quotes else None, folio.working) for p in held]

    def alerts(self) -> list[Plain]:
        """The alerts that still stand first, then the resolved ones; each group newest first."""
        newest = list(reversed(self.facts.alerts.values()))
        standing = [alert for alert in newest if alert.state is not AlertState.RESOLVED]
        over = [alert for alert in newest if alert.state is AlertState.RESOLVED]
        return [alert_view(alert) for alert in (*standing, *over)]

    def breakers(self) -> list[Plain]:
        """Every breaker as it stands."""
        return [breaker_view(line) for line in self.facts.breakers]

    def bans(self, now: Moment) -> list[Plain]:
        """The bans in force, by symbol."""
        return [ban_view(ban) for _, ban in sorted(self.facts.bans.items()) if now.utc < ban.until]

    def equity(self) -> list[Plain]:
        """NLV over the whole run, oldest first, ever coarser towards the past."""
        return [{"at": rfc3339(at, digits=3), "nlv": plain(nlv)} for at, nlv in self.facts.equity.points()]

    def prices(self, symbol: Symbol) -> list[Plain]:
        """The mid of an instrument over the run, oldest first; empty where none was seen."""
        series = self.facts.prices.get(symbol)
        return [{"at": rfc3339(at, digits=3), "mid": plain(mid)} for at, mid in series.points()] if series else []

    def quotes(self, now: Moment) -> dict[str, Plain]:
        """The newest quote of every instrument, by symbol."""
        return {symbol: quote_view(seen.fact, seen.age_s(now)) for symbol, seen in sorted(self.facts.quotes.items())}

    def why(self, symbol: Symbol, now: Moment) -> Why:
        """Why this instrument does not trade now; see ``core/why.py``."""
        return why(self.facts, symbol, now, self._terms)

    def why_all(self, now: Moment) -> list[Plain]:
        """The same for every instrument that is known, by symbol."""
        return [_why_view(self.why(symbol, now)) for symbol in self.facts.symbols()]

    def why_view(self, symbol: Symbol, now: Moment) -> Plain:
        """``why`` ready for JSON."""
        return _why_view(self.why(symbol, now))

    # ---------------------------------------------------------------------------------------------- its parts
    def _run(self, now: Moment) -> Plain:
        seen, halt = self.facts.started, self.facts.halt
        permit, flatten = self.facts.permit, self.facts.flattening
        state = "HALTED" if halt else permit.fact.state.value if permit else "STARTING"
        run: Plain = {
            "state": state,
            "halt": halt_view(halt) if halt else None,
            "flattening": flatten_view(flatten.fact, flatten.at.utc) if flatten else None,
            "now": rfc3339(now.utc, digits=3),
        }
        if seen is None:
            return {**run, "mode": None, "venue": None, "uptime_s": None}
        started = seen.fact
        return {
            **run,
            "mode": started.mode.value,
            "venue": started.venue,
            "account": started.account,
            "epoch": started.epoch,
            "version": started.version,
            "config_hash": started.config_hash,
            "started_at": rfc3339(seen.at.utc, digits=3),
            "uptime_s": round(seen.age_s(now), 1),
        }

    def _permit(self, now: Moment) -> Plain:
        seen = self.facts.permit
        if seen is None:
            return {"entry": False, "exit": False, "serial": 0, "age_s": None, "panel": []}
        permit, aged_s = seen.fact, seen.age_s(now)
        return {
            "entry": permit.entry_until is not None and now.mono < permit.entry_until,
            "exit": permit.exit_until is not None and now.mono < permit.exit_until,
            "serial": permit.serial,
            "age_s": round(aged_s, 1),
            "panel": [guard_view(line, aged_s) for line in permit.panel],
        }

    def _account(self) -> Plain | None:
        if self.facts.portfolio is None:
            return None
        folio = self.facts.portfolio.fact
        high, opened = max(folio.marks.high_water, folio.nlv), folio.marks.day_open
        drawdown = float((high - folio.nlv) / high * HUNDRED) if high > 0 else 0.0
        today = float((folio.nlv - opened) / opened * HUNDRED) if opened > 0 else 0.0
        exposed = sum((exposure.total for exposure in folio.exposures), start=folio.nlv * 0)
        return {
            "nlv": plain(folio.nlv),
            "cash": plain(folio.cash),
            "realised_today": plain(folio.realised_today),
            "unrealised": plain(folio.unrealised),
            "high_water_nlv": plain(high),
            "drawdown_pct": round(drawdown, 3),
            "today_pct": round(today, 3),
            "exposure_pct": round(float(exposed / folio.nlv * HUNDRED), 3) if folio.nlv > 0 else 0.0,
            "exposures": [exposure_view(exposure) for exposure in folio.exposures],
            "in_doubt": folio.in_doubt,
            "books_ready": folio.books_ready,
        }

    def _cycle(self, now: Moment) -> Plain | None:
        seen = self.facts.last_cycle()
        if seen is None:
            return None
        next_s = max(0.0, self._terms.interval_s - seen.age_s(now))
        return {**cycle_view(seen.fact, seen.at.utc), "age_s": round(seen.age_s(now), 1), "next_s": round(next_s, 1)}

    def strategies(self) -> list[Plain]:
        """What each strategy answered last, by name."""
        answers = sorted(self.facts.answers.items())
        return [
            {
                "strategy": name,
                "cycle": seen.fact.cycle,
                "proposals": len(seen.fact.proposals),
                "skipped": seen.fact.skipped,
                "quarantined": seen.fact.quarantined,
            }
            for name, seen in answers
        ]

    def _streams(self, now: Moment) -> Plain | None:
        seen = self.facts.stream
        return {"up": seen.fact.up, "why": seen.fact.why, "since_s": round(seen.age_s(now), 1)} if seen else None

    def _reconciliation(self, now: Moment) -> Plain | None:
        seen = self.facts.compared
        if seen is None:
            return None
        return {
            "age_s": round(seen.age_s(now), 1),
            "external_orders": seen.fact.external_orders,
            "differences": [
                {**as_plain(difference), "text": in_words(difference)} for difference in seen.fact.standing
            ],
        }

    def _counts(self) -> Plain:
        facts = self.facts
        folio = facts.portfolio.fact if facts.portfolio else None
        return {
            "positions": sum(1 for p in folio.positions if p.quantity) if folio else 0,
            "working_orders": len(folio.working) if folio else 0,
            "orders_seen": len(facts.orders),
            "in_doubt": sum(
                not isinstance(s.fact, OrderWithheld) and s.fact.status is OrderStatus.UNKNOWN
                for s in facts.orders.values()
            ),
            "fills_seen": len(facts.fills),
            "refusals_seen": len(facts.refusals),
            "alerts_standing": sum(a.state is not AlertState.RESOLVED for a in facts.alerts.values()),
        }


def _why_view(answer: Why) -> Plain:
    return {
        "symbol": answer.symbol,
        "gate": answer.gate,
        "text": answer.text,
        "numbers": dict(answer.numbers),
        "change": answer.change,
    }
