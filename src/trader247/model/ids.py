"""Typed identifiers, and the one place where a client order id is made.

A client order id is a UUIDv5 of the intent's id: fixed before the first send, the same for every retry, never made
from a time bucket. Intent ids carry the random epoch of the run that made them, so that a restored old database
cannot make one a second time (requirement X1).
"""

import random
import uuid
from typing import Final, NewType

__all__ = [
    "AlertKey",
    "ClientOrderId",
    "CycleId",
    "FillId",
    "IntentId",
    "ProposalId",
    "RunEpoch",
    "StrategyName",
    "VenueOrderId",
    "client_order_id",
    "cycle_id",
    "cycle_of",
    "intent_id",
    "proposal_id",
    "run_epoch",
]

RunEpoch = NewType("RunEpoch", str)
"""Ten hex digits drawn at each start of the daemon; part of every id this run makes."""

CycleId = NewType("CycleId", str)
ProposalId = NewType("ProposalId", str)
IntentId = NewType("IntentId", str)
ClientOrderId = NewType("ClientOrderId", str)
VenueOrderId = NewType("VenueOrderId", str)
FillId = NewType("FillId", str)
StrategyName = NewType("StrategyName", str)
AlertKey = NewType("AlertKey", str)

_NAMESPACE: Final = uuid.UUID("1f7a4c52-0d37-5b7e-9a64-7f2472470247")


def run_epoch(rng: random.Random) -> RunEpoch:
    """A fresh epoch from the injected source of randomness (40 bits: one clash in a million starts is 1e-6 likely)."""
    return RunEpoch(f"{rng.getrandbits(40):010x}")


def cycle_id(epoch: RunEpoch, number: int) -> CycleId:
    """The id of the run's n-th decision cycle."""
    return CycleId(f"{epoch}-c{number}")


def proposal_id(cycle: CycleId, strategy: StrategyName, index: int) -> ProposalId:
    """The id of a strategy's n-th proposal in a cycle."""
    return ProposalId(f"{cycle}-{strategy}-{index}")


def cycle_of(proposal: ProposalId) -> CycleId:
    """The cycle in which a proposal was made; the name of its strategy may hold dashes too."""
    return CycleId("-".join(proposal.split("-", 2)[:2]))


def intent_id(epoch: RunEpoch, number: int) -> IntentId:
    """The id of the run's n-th order intent."""
    return IntentId(f"{epoch}-i{number}")


def client_order_id(intent: IntentId) -> ClientOrderId:
    """The id the venue sees: 36 characters of letters, digits and dashes, the same for ever for one intent."""
    return ClientOrderId(str(uuid.uuid5(_NAMESPACE, intent)))
