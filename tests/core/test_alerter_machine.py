"""The alerter against what a person heard: kept as a list of deliveries per key, over restarts."""

import pytest
from attrs import define
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.builders import moment
from tests.machines import bounded

from trader247.core.alerter import FORGET_S, Alerter, AlerterIn
from trader247.messages.base import Tick
from trader247.messages.control import AlertChanged, AlertCleared, AlertDue, AlertRaised, AlertState, Severity
from trader247.model.ids import AlertKey
from trader247.model.policy import AlertTerms

TERMS = AlertTerms(dedupe_s=60.0, escalate_after_s=120.0)
KEYS = st.sampled_from([AlertKey(name) for name in "abc"])
WAITS = st.sampled_from([0, 1, 20, 59, 60, 61, 119, 120, FORGET_S - 1, FORGET_S])
LOUDNESS = ("INFO", "WARNING", "CRITICAL")


@define
class Heard:
    """What a person knows of one open alert."""

    loudness: int
    first: float
    last_raised: float
    last_heard: float
    stays: bool
    shouted: bool = False


class AlerterMachine(RuleBasedStateMachine):
    """Each message is answered by exactly the delivery that the reference expects."""

    def __init__(self) -> None:
        super().__init__()
        self.alerter = Alerter(TERMS)
        self.second = 0.0
        self.open: dict[AlertKey, Heard] = {}

    def _tell(self, message: AlerterIn) -> list[AlertChanged]:
        out = self.alerter.handle(message, moment(self.second))
        told = [each for each in out if isinstance(each, AlertChanged)]
        assert [each.alert for each in out if isinstance(each, AlertDue)] == told, "told and delivered are one"
        return told

    @rule(key=KEYS, severity=st.sampled_from(Severity), wait=WAITS)
    def is_raised(self, key: AlertKey, severity: Severity, wait: float) -> None:
        self.second += wait
        told = self._tell(AlertRaised(key, severity, "text"))
        loudness = LOUDNESS.index(severity.name)
        known = self.open.get(key)
        if known is None:
            self.open[key] = Heard(loudness, self.second, self.second, self.second, stays=loudness == 2)
            expected = True
        else:
            expected = loudness > known.loudness or self.second - known.last_heard >= 60
            known.last_raised = self.second
            known.stays |= loudness == 2
            known.loudness = max(known.loudness, loudness)
            if expected:
                known.last_heard = self.second
        assert len(told) == expected
        if told:
            assert LOUDNESS.index(told[0].severity.name) == self.open[key].loudness
            assert told[0].state is not AlertState.RESOLVED

    @rule(key=KEYS, wait=WAITS)
    def is_over(self, key: AlertKey, wait: float) -> None:
        self.second += wait
        told = self._tell(AlertCleared(key))
        assert [each.state for each in told] == [AlertState.RESOLVED] * (self.open.pop(key, None) is not None)

    @rule(wait=WAITS)
    def time_passes(self, wait: float) -> None:
        self.second += wait
        told = {each.key: each for each in self._tell(Tick())}
        for key, known in list(self.open.items()):
            if not known.stays and self.second - known.last_raised >= FORGET_S:
                assert told.pop(key).state is AlertState.RESOLVED
                del self.open[key]
            elif known.loudness and not known.shouted and self.second - known.first >= 120:
                assert told.pop(key).state is AlertState.ESCALATED
                known.shouted, known.last_heard = True, self.second
                known.loudness = min(known.loudness + 1, 2)
        assert not told

    @rule()
    def restarts(self) -> None:
        """What stands is due again; its times begin anew, and nobody in this life has said it is critical."""
        self._begin(Alerter(TERMS, self.alerter.standing))
        for known in self.open.values():
            known.first = known.last_raised = self.second
            known.stays = False

    @rule()
    def falls(self) -> None:
        """What stands is due again; its times go on."""
        self._begin(Alerter(TERMS, before=self.alerter))

    def _begin(self, alerter: Alerter) -> None:
        self.alerter = alerter
        told = [each for each in alerter.start(moment(self.second)) if isinstance(each, AlertChanged)]
        assert {each.key for each in told} == self.open.keys()
        for known in self.open.values():
            known.last_heard = self.second

    @invariant()
    def stands_what_was_raised_and_is_not_over(self) -> None:
        assert {alert.key for alert in self.alerter.standing} == self.open.keys()


TestAlerter = AlerterMachine.TestCase
TestAlerter.settings = bounded(80, 40)
pytestmark = pytest.mark.req("AL1", "SE1")
