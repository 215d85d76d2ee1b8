"""A changed configuration under a running daemon: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from attrs import evolve
from tests.actors.scripted import CLOCK
from tests.builders import BTC, trade_proposal
from tests.config.loadable import SHIPPED, loaded
from tests.config.test_third_party import PLAIN
from tests.drivers.topology_samples import Daemon, leaves
from tests.market_samples import integrated, view

from trader247.config.fingerprint import Change
from trader247.config.loading import Loaded
from trader247.config.schema import Configuration, LogTerms
from trader247.config.secrets import reference_of
from trader247.config.third_party import ThirdParties
from trader247.drivers import topology
from trader247.drivers.reloading import RELOAD, Reloaded, Reloader, Source, verdict_on
from trader247.errors import ConfigurationInvalid, RefusedByGate, Trader247Error
from trader247.messages.control import (
    ConfigurationReloaded,
    Guard,
    KeyChanged,
    SetTradingState,
)
from trader247.messages.orders import Accepted, OrderChanged, PortfolioChanged
from trader247.messages.trading import ProposalRefused, RiskApproved, TradeProposal
from trader247.model.ids import VenueOrderId
from trader247.model.mode import TradingState
from trader247.model.order import OrderStatus
from trader247.model.policy import EntryBounds
from trader247.runtime.exits import ActorDown
from trader247.runtime.offload import InlineOffload
from trader247.runtime.reports import Event
from trader247.runtime.running import Running
from trader247.strategies.registry import build

pytestmark = pytest.mark.req("SUP6")

Scene = Callable[[Running], Awaitable[None]]


class Reloadable(Daemon):
    """A daemon whose configuration is the shipped one with ``said`` on top: change it, and reload."""

    def __init__(self, *said: str, **options: Any) -> None:
        super().__init__(**options)
        self.said = list(said)
        self.running: Running | None = None
        self.stopping = ""
        self.reads = 0
        self.faces: list[Configuration] = []
        self.logs: list[LogTerms] = []
        self.venue.script["place"] = Accepted(VenueOrderId("v1"))
        self.venue.script["cancel"] = ()
        source = Source(self.read(), self.read, lambda config: config, self.logs.append)
        self.topology.config = source.loaded.configuration
        self.reloader = Reloader(
            source,
            self.topology,
            self.tree_running,
            offload=InlineOffload(),
            stopping=lambda: self.stopping,
            set_faces=self.faces.append,
        )

    def read(self) -> Loaded:
        self.reads += 1
        return loaded(SHIPPED, None, *self.said)

    def tree_running(self) -> Running:
        assert self.running is not None
        return self.running

    def play(self, scene: Scene) -> None:
        async def with_reloader(running: Running) -> None:
            self.running = running
            async with trio.open_nursery() as nursery:
                await nursery.start(self.reloader.serve)
                await trio.sleep(20)  # everybody has voted by then
                await scene(running)
                nursery.cancel_scope.cancel()

        super().play(with_reloader)

    async def reload(self, *said: str) -> Reloaded:
        self.said += said
        return await self.reloader.reload("a test wants it", "operator")

    def lives(self) -> dict[str, int]:
        return {leaf.name: leaf.incarnation for leaf in leaves(self.tree_running().snapshot())}

    def renewed_since(self, before: dict[str, int]) -> set[str]:
        return {name for name, life in self.lives().items() if life != before[name]}

    def propose(self, body: TradeProposal | None = None) -> None:
        """As the cycle does, about a market seen just now."""
        wish = body or trade_proposal(BTC)
        seen = view(wish.symbol)
        now = CLOCK.now()
        fresh = evolve(seen, bar_closed_at=now.utc, quote=evolve(seen.quote, at=now.utc))
        asked = integrated(wish, views=(fresh,))
        self.topology.box.risk_arbiter.post(evolve(asked, context=evolve(asked.context, at=now)))

    def told(self, kind: type[Any]) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


# -------------------------------------------------------------------------------------------------------- the verdict
def test_changes_that_may_be_taken_are_put_into_words_and_a_secret_stays_its_reference() -> None:
    assert verdict_on((Change(("policy", "caps", "total_pct"), "15", "10", reloadable=True),)) == (
        KeyChanged("policy.caps.total_pct", "15", "10"),
    )
    token = str(reference_of("env:TOKEN"))
    with pytest.raises(RefusedByGate, match=r"app\.web\.token null -> env:TOKEN: restart the daemon to apply"):
        verdict_on((Change(("app", "web", "token"), None, token, reloadable=False),))


def test_a_mixed_change_is_refused_whole_naming_every_key_that_needs_a_restart_and_what_waits_with_it() -> None:
    mixed = (
        Change(("app", "mode"), "DRY_RUN", "PAPER", reloadable=False),
        Change(("app", "read_only"), True, False, reloadable=False),
        Change(("policy", "caps", "total_pct"), "15", "10", reloadable=True),
    )
    with pytest.raises(RefusedByGate) as refused:
        verdict_on(mixed)
    assert str(refused.value) == (
        "nothing was changed: app.mode DRY_RUN -> PAPER, app.read_only true -> false: restart the daemon to apply "
        "(with them waits: policy.caps.total_pct)"
    )


def test_a_key_that_nobody_reads_is_refused_rather_than_ignored() -> None:
    with pytest.raises(RefusedByGate, match=r"policy\.mood"):
        verdict_on((Change(("policy", "mood"), "calm", "wild", reloadable=True),))


def test_of_many_changes_the_first_twenty_are_spelled_out_and_the_rest_counted() -> None:
    many = [Change(("app", f"key{n}"), 1, 2, reloadable=False) for n in range(25)]
    many += [Change(("policy", "caps", f"key{n}"), 1, 2, reloadable=True) for n in range(22)]
    with pytest.raises(RefusedByGate) as caught:
        verdict_on(tuple(many))
    told = str(caught.value)
    assert told.count(" -> ") == 20
    assert "app.key19 1 -> 2, and 5 more: restart" in told
    assert told.endswith("policy.caps.key19, and 2 more)")


def test_a_long_value_is_cut() -> None:
    (told,) = verdict_on((Change(("universe", "never_trade"), [], ["BTC-USD"] * 100, reloadable=True),))
    assert (told.before, len(told.after), told.after[-1]) == ("[]", 200, "…")


# ------------------------------------------------------------------------------------------------------ what is refused
def test_nothing_changed_says_so_and_touches_nobody() -> None:
    made = Reloadable()

    async def scene(_running: Running) -> None:
        before = made.lives()
        done = await made.reload()
        assert done.text == f"nothing changed; configuration {done.after} stays in force"
        assert made.renewed_since(before) == set()

    made.play(scene)
    assert not made.told(ConfigurationReloaded)


def test_a_strategys_source_that_changed_is_named_though_nothing_else_did(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PLAIN)
    third = ThirdParties(tmp_path)
    third.find("path:mine.py:Mine")
    daemon = Reloadable()
    daemon.reloader._source = evolve(daemon.reloader._source, loaded=evolve(daemon.read(), third=third))

    async def scene(_running: Running) -> None:
        assert "source" not in (await daemon.reload()).text
        (tmp_path / "mine.py").write_text(PLAIN + "# another one\n")
        done = await daemon.reload()
        assert done.changes == ()
        assert done.text.endswith("in force. The source of path:mine.py:Mine changed: restart the daemon to run it")

    daemon.play(scene)


def test_a_faulty_file_is_refused_with_every_fault_and_the_old_configuration_stays() -> None:
    made = Reloadable()

    async def scene(_running: Running) -> None:
        before, config = made.lives(), made.topology.config
        with pytest.raises(ConfigurationInvalid) as refused:
            await made.reload("policy.caps.total_pct=250", "policy.moood=1")
        assert "2 faults; nothing was changed" in str(refused.value)
        assert "250 is not allowed" in str(refused.value)
        assert "moood" in str(refused.value)
        assert made.topology.config is config
        assert made.renewed_since(before) == set()

    made.play(scene)
    assert not made.told(ConfigurationReloaded)


def test_a_mixed_change_is_refused_and_nothing_of_it_is_applied() -> None:
    made = Reloadable()

    async def scene(_running: Running) -> None:
        config = made.topology.config
        with pytest.raises(RefusedByGate, match=r"app\.web\.port 9247 -> 1234.*with them waits: policy\.caps"):
            await made.reload("app.web.port=1234", "policy.caps.per_asset_pct=1")
        assert made.topology.config is config

    made.play(scene)


def test_what_breaks_while_it_reads_is_told_and_the_next_reload_works(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Reloadable()

    def breaks() -> Loaded:
        raise RecursionError("too deep")

    async def scene(_running: Running) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("tests.drivers.test_reloading.loaded", lambda *_: breaks())
            with pytest.raises(Trader247Error, match=r"cannot be read \(RecursionError: too deep\)"):
                await made.reload()
        assert (await made.reload("policy.caps.per_asset_pct=1")).changes

    made.play(scene)


def test_a_second_reload_and_one_while_the_daemon_stops_are_refused() -> None:
    made = Reloadable()

    async def scene(_running: Running) -> None:
        first = made.reloader.begin("one", "signal")
        with pytest.raises(RefusedByGate, match="another one is under way"):
            made.reloader.begin("two", "signal")
        await first.wait()
        made.stopping = "received SIGTERM"
        with pytest.raises(RefusedByGate, match=r"the daemon is stopping \(received SIGTERM\)"):
            await made.reload()
        assert made.reads == 2

    made.play(scene)


def test_who_asked_may_leave_and_the_reload_goes_on_to_its_end() -> None:
    made = Reloadable()

    async def scene(_running: Running) -> None:
        with trio.CancelScope() as asking:
            asking.cancel()
            await made.reload("policy.caps.per_asset_pct=1")
        assert asking.cancelled_caught
        await trio.sleep(5)
        assert made.topology.config.policy.caps.per_asset_pct == 1
        assert {leaf.state for leaf in leaves(made.tree_running().snapshot())} == {"up"}

    made.play(scene)
    assert len(made.told(ConfigurationReloaded)) == 1


def test_a_tree_that_ends_in_the_middle_of_a_reload_is_told_to_who_asked() -> None:
    made = Reloadable()

    async def scene(running: Running) -> None:
        made.said.append("policy.caps.per_asset_pct=1")
        reply = made.reloader.begin("in a hurry", "signal")
        made.stopping = "received SIGTERM"
        running.stop("received SIGTERM")
        with pytest.raises(RefusedByGate, match="the daemon is stopping"):
            await reply.wait()

    made.play(scene)


# ------------------------------------------------------------------------------------------------------ what is applied
@pytest.mark.req("C2")
def test_a_change_is_written_down_told_to_the_faces_and_stamped_on_what_follows() -> None:
    made = Reloadable()

    async def scene(_running: Running) -> None:
        done = await made.reload("policy.caps.per_asset_pct=1")
        assert done.text.endswith("policy.caps.per_asset_pct 5 -> 1; started again: risk_arbiter, strategies")
        await trio.sleep(5)

    made.play(scene)
    (fact,) = made.told(ConfigurationReloaded)
    assert (fact.by, fact.reason) == ("operator", "a test wants it")
    assert fact.changes == (KeyChanged("policy.caps.per_asset_pct", "5", "1"),)
    assert fact.before == loaded(SHIPPED).fingerprint
    assert fact.after == loaded(SHIPPED, None, "policy.caps.per_asset_pct=1").fingerprint
    assert made.store.stamps == [(fact.after, made.facts.index(fact))]
    assert made.faces == [made.topology.config]
    assert made.logs == [made.topology.config.app.log]


@pytest.mark.req("E1")
def test_a_cap_lowered_by_a_reload_is_enforced_on_the_next_proposal() -> None:
    made = Reloadable()

    async def scene(_running: Running) -> None:
        made.propose()
        await trio.sleep(2)
        assert len(made.told(RiskApproved)) == 1
        await made.reload("policy.caps.per_asset_pct=1", "policy.pacing.min_spacing_s=0")
        await trio.sleep(2)
        made.propose()
        await trio.sleep(15)
        made.propose()
        await trio.sleep(2)

    made.play(scene)
    assert len(made.told(RiskApproved)) == 1
    first, second = made.told(ProposalRefused)
    assert first.reason.rule == "approvals_in_flight"  # what the arbiter before it approved may still be on its way
    assert (second.reason.rule, second.reason.limit_pct) == ("asset_cap", Decimal(1))


def test_only_who_reads_a_changed_key_is_renewed_in_order_and_none_of_it_counts_as_a_restart() -> None:
    made = Reloadable()

    async def scene(running: Running) -> None:
        before = made.lives()
        del made.reports[:]
        await made.reload("policy.caps.per_asset_pct=1", "policy.permit.lease_s=3")
        assert made.renewed_since(before) == {"permit_desk", "risk_arbiter", "strategy:baseline"}
        assert {leaf.restarts for leaf in leaves(running.snapshot())} == {0}
        await trio.sleep(5)

    made.play(scene)
    told = [(r.child, r.event) for r in made.reports if r.event in {Event.STARTED, Event.STOPPED}][:8]
    assert [child for child, event in told if event is Event.STOPPED] == [
        "strategy:baseline", "strategies", "risk_arbiter", "permit_desk",
    ]  # fmt: skip
    assert [child for child, event in told if event is Event.STARTED] == [
        "permit_desk", "risk_arbiter", "strategy:baseline", "strategies",
    ]  # fmt: skip
    assert not made.letters.letters()


def test_nothing_is_entered_until_the_new_guards_say_yes_and_exits_are_not_held_up() -> None:
    made = Reloadable()

    async def scene(_running: Running) -> None:
        assert made.newest_permit().entry_until is not None
        await made.reload("policy.caps.per_asset_pct=1")
        await trio.testing.wait_all_tasks_blocked()
        permit = made.newest_permit()
        assert (permit.entry_until is None, permit.exit_until is None) == (True, False)
        assert [line.guard for line in permit.panel if not line.yes] == [Guard.RISK, Guard.DRAWDOWN]
        await trio.sleep(10)
        assert made.newest_permit().entry_until is not None

    made.play(scene)


def test_the_halt_and_what_an_operator_ordered_outlive_a_reload() -> None:
    made = Reloadable()

    async def scene(_running: Running) -> None:
        made.topology.box.permit_desk.post(SetTradingState(TradingState.REDUCING, "operator", "lunch"))
        await trio.sleep(2)
        await made.reload("policy.permit.lease_s=3", "policy.caps.per_asset_pct=1")
        await trio.sleep(2)
        assert made.newest_permit().state is TradingState.REDUCING
        made.halt.trip("looks odd", "operator")
        await made.reload("policy.permit.lease_s=4")
        await trio.sleep(2)
        assert made.halt.tripped is not None
        assert made.newest_permit().state is TradingState.HALTED
        made.halt.clear("fine", "operator")
        await trio.sleep(2)
        assert made.newest_permit().state is TradingState.REDUCING

    made.play(scene)


def test_a_working_order_survives_is_not_sent_twice_and_lives_by_the_new_terms() -> None:
    made = Reloadable()

    async def scene(_running: Running) -> None:
        made.propose()
        await trio.sleep(2)
        assert [order.status for order in made.newest(PortfolioChanged).working] == [OrderStatus.OPEN]
        before = made.lives()
        await made.reload(
            "policy.execution.entry_ttl_s=600", "policy.alerts.dedupe_s=5", "policy.caps.total_pct=10",
            "policy.staleness.quote_s=6", "policy.permit.renew_s=0.4",
        )  # fmt: skip
        assert made.renewed_since(before).isdisjoint({"order_manager", "order_gateway", "alerter", "journal"})
        await trio.sleep(120)  # the old time to live was 15 s
        assert [order.status for order in made.newest(PortfolioChanged).working] == [OrderStatus.OPEN]

    made.play(scene)
    assert len(made.venue.sent) == 1
    assert {fact.order.intent.intent_id for fact in made.told(OrderChanged)} == {made.venue.sent[0].intent_id}
    assert OrderStatus.UNKNOWN not in {fact.order.status for fact in made.told(OrderChanged)}


def test_an_instrument_that_leaves_the_universe_stays_watched_because_it_may_be_held() -> None:
    made = Reloadable()

    async def scene(_running: Running) -> None:
        await made.reload("universe.never_trade=[BTC-USD]")
        await trio.sleep(20)
        assert BTC not in made.topology.config.universe.tradable
        assert BTC in made.venue.questions("quotes")[-1][0]
        made.propose()
        await trio.sleep(2)

    made.play(scene)
    assert [fact.reason.rule for fact in made.told(ProposalRefused)] == ["not_in_universe"]


def test_a_strategy_is_switched_off_alone() -> None:
    made = Reloadable("strategies.baseline.enabled=true")

    async def scene(_running: Running) -> None:
        before = made.lives()
        await made.reload("strategies.baseline.enabled=false")
        assert made.renewed_since(before) == {"strategy:baseline"}
        assert not made.topology.config.strategies["baseline"].enabled

    made.play(scene)


@pytest.mark.req("SUP3")
def test_an_actor_that_crashes_under_the_new_configuration_comes_back_with_it() -> None:
    made = Reloadable()

    async def scene(running: Running) -> None:
        await made.reload("policy.caps.per_asset_pct=1")
        await trio.sleep(15)
        assert running.inject_crash("risk_arbiter", ZeroDivisionError("a fault of ours"))
        await trio.sleep(15)
        assert {leaf.state for leaf in leaves(running.snapshot())} == {"up"}
        made.propose()
        await trio.sleep(2)

    made.play(scene)
    assert made.halt.tripped is None
    assert made.told(ProposalRefused)[-1].reason.rule == "asset_cap"


# ------------------------------------------------------------------------------------------------- what does not start
def test_where_an_actor_does_not_start_the_old_configuration_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Reloadable()

    def picky(name: Any, terms: Any, entry: EntryBounds, *_: Any) -> Any:
        if entry.min_conviction > 0.9:
            raise ValueError("nobody is that sure")
        return build(name, terms, entry)

    monkeypatch.setattr("trader247.drivers.topology.build", picky)

    async def scene(running: Running) -> None:
        config = made.topology.config
        with pytest.raises(Trader247Error, match=r"strategies / strategy:baseline does not start .* in force again"):
            await made.reload("policy.entry.min_conviction=0.95")
        assert made.topology.config.policy == config.policy
        assert {leaf.state for leaf in leaves(running.snapshot())} == {"up"}
        await trio.sleep(15)
        assert made.newest_permit().entry_until is not None
        made.said.clear()
        assert (await made.reload()).changes == ()

    made.play(scene)
    there, back = made.told(ConfigurationReloaded)
    assert (back.before, back.after, back.by) == (there.after, there.before, RELOAD)
    assert back.changes == (KeyChanged("policy.entry.min_conviction", "0.95", there.changes[0].before),)
    assert "nobody is that sure" in back.reason
    assert made.halt.tripped is None


def test_where_the_old_one_does_not_start_either_trading_halts_and_safety_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Reloadable()

    async def scene(running: Running) -> None:
        def never(*_: object) -> Any:
            raise ValueError("gone for good")

        with monkeypatch.context() as patch:
            patch.setattr(topology, "RiskArbiter", never)
            with pytest.raises(Trader247Error, match=r"nor does risk_arbiter .* trading is halted"):
                await made.reload("policy.caps.per_asset_pct=1")
            assert made.halt.tripped is not None
            assert made.halt.tripped.by == RELOAD
            states = {leaf.name: leaf.state for leaf in leaves(running.snapshot())}
            assert states["order_manager"] == states["permit_desk"] == states["journal"] == "up"
        await trio.sleep(30)  # its supervisor tries again, and it can start by now
        assert {leaf.state for leaf in leaves(running.snapshot())} == {"up"}

    made.play(scene)
    assert made.halt.tripped is not None


def test_where_trading_gave_up_the_rest_is_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Reloadable()

    async def down(_self: Running, name: str, **_: object) -> Any:
        raise ActorDown(f"{name}: its group is down")

    async def scene(_running: Running) -> None:
        monkeypatch.setattr(Running, "terminate_child", down)
        monkeypatch.setattr(Running, "restart_child", down)
        assert (await made.reload("policy.caps.per_asset_pct=1")).changes
        assert made.topology.config.policy.caps.per_asset_pct == 1

    made.play(scene)
