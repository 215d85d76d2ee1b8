"""The audit trail: a chain without a gap, every fill explained, every row stamped, and no secret anywhere."""

import base64
import hashlib
import json
import urllib.parse
from collections.abc import Iterator
from typing import Final

from trader247.checker.evidence import Evidence, Row
from trader247.checker.invariant import Violation, invariant

__all__ = ["GENESIS", "chain_holds", "everything_explained", "no_secret", "row_hash", "rows_are_stamped"]

GENESIS: Final = "0" * 64
_LEAST_PART: Final = 8
"""A canary is looked for in parts, too; shorter lines than this would be found by chance."""


def row_hash(row: Row) -> str:
    """The hash of all of a row but its hash, as docs/reference/journal.md has it."""
    content = [row.prev_hash, row.seq, row.at, row.kind, row.cause, row.config_hash, row.epoch, row.body]
    said = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


@invariant("I-26", "rows, the head file", lambda evidence: len(evidence.rows))
def chain_holds(evidence: Evidence) -> Iterator[Violation]:
    """Each row's hash is of its content and of the row before, numbers have no gap, and the head file names the last.

    The chain goes over restarts. Rows beyond the head file are a crash's last ones; rows short of it are a cut.
    """
    seq, last = (evidence.rows[0].seq - 1, evidence.rows[0].prev_hash) if evidence.rows else (0, GENESIS)
    if seq and not evidence.journal.entries("journal.pruned"):
        yield chain_holds.broken(f"the journal begins with row {seq + 1}, and no pruning is announced", None, "begin")
    if not seq and last != GENESIS:
        yield chain_holds.broken("row 1 follows a row that is not there", None, "begin")
    for row in evidence.rows:
        if row.seq != seq + 1:
            yield chain_holds.broken(f"row {row.seq} stands where {seq + 1} belongs", row.told_at, str(row.seq))
        elif row.prev_hash != last:
            yield chain_holds.broken(f"row {row.seq} does not follow row {seq}", row.told_at, str(row.seq))
        elif row.hash != row_hash(row):
            yield chain_holds.broken(
                f"the content of row {row.seq} is not what its hash is of", row.told_at, str(row.seq)
            )
        seq, last = row.seq, row.hash
    if evidence.books.head is None:
        return
    number, said = evidence.books.head
    if number > seq:
        yield chain_holds.broken(f"the head file knows {number} rows, there are {seq}", None, "head")
    elif number and evidence.rows and number >= evidence.rows[0].seq:
        place = number - evidence.rows[0].seq
        if place >= len(evidence.rows) or evidence.rows[place].hash != said:
            yield chain_holds.broken(f"the head file has another hash of row {number}", None, "head")


@invariant("I-27", "fills, orders, approvals, refusals", lambda evidence: len(evidence.journal.orders()))
def everything_explained(evidence: Evidence) -> Iterator[Violation]:
    """Every fill leads back to its order, its approval and its cycle, each written before; a refusal says why.

    An exit is decided from a quote and has no proposal. What was pruned is not asked for. No fact may be refused by
    the journal: what it refuses, nobody can explain later.
    """
    for alert in evidence.alerts:
        if alert.kind == "journal_refused" and alert.state == "raised":
            yield everything_explained.broken(alert.text, alert.at, alert.key)
    pruned = bool(evidence.journal.entries("journal.pruned"))
    cycles = {entry.body["cycle"]: entry.row.seq for entry in evidence.journal.entries("cycle_finished")}
    approved: dict[str, int] = {}
    for entry in evidence.journal.entries("risk_approved"):
        proposal = entry.body["proposal"]
        name = proposal["proposal_id"]
        approved[name] = entry.row.seq
        cycle = name.rsplit(f"-{proposal['body']['strategy']}-", 1)[0]
        if cycles.get(cycle, entry.row.seq) >= entry.row.seq and not pruned:
            yield everything_explained.broken(
                f"proposal {name} is approved, and its cycle is not told", entry.row.told_at, name
            )
    for client_id, told in evidence.journal.orders().items():
        first = told[0]
        if first.row.kind == "fill_booked" and not pruned:
            yield everything_explained.broken(
                f"order {client_id} fills before any row is of it", first.row.told_at, client_id
            )
        wish = first.intent["proposal_id"]
        if first.intent["kind"] == "entry" and approved.get(wish, first.row.seq) >= first.row.seq and not pruned:
            yield everything_explained.broken(
                f"entry {client_id} has no approval before it", first.row.told_at, client_id
            )
        if not first.intent["reason"]:
            yield everything_explained.broken(f"order {client_id} has no reason", first.row.told_at, client_id)
    for entry in evidence.journal.entries("proposal_refused"):
        if not entry.body["reason"]["text"]:
            yield everything_explained.broken(
                "a proposal is refused without a reason", entry.row.told_at, str(entry.row.seq)
            )


@invariant("I-28", "all that was written, by planted secrets", lambda e: len(e.canaries) * (len(e.rows) + len(e.texts)))
def no_secret(evidence: Evidence) -> Iterator[Violation]:
    """No planted secret is in the journal, an alert or any text: not raw, in base64, URL or hex, nor in lines."""
    if not evidence.canaries:
        return
    written = "\n".join(
        [*(row.body for row in evidence.rows), *(alert.text for alert in evidence.alerts), *evidence.texts]
    )
    for number, canary in enumerate(evidence.canaries, start=1):
        for how, needle in _spellings(canary):
            at = written.find(needle)
            if at >= 0:
                text = f"planted secret {number} is written {how}, {at} characters into all that was written"
                yield no_secret.broken(text, None, f"secret {number}")
                break


def _spellings(secret: str) -> Iterator[tuple[str, str]]:
    yield "raw", secret
    for line in secret.replace("\\n", "\n").splitlines():
        if len(line.strip()) >= _LEAST_PART and not line.startswith("-----"):
            yield "in part", line.strip()
    yield "for URLs", urllib.parse.quote(secret, safe="")
    yield "in hex", secret.encode().hex()
    for shift in range(3):  # where in a triple of bytes it begins decides its letters; the ends are its neighbours'
        coded = base64.b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")
        yield "in base64", coded[(0, 2, 3)[shift] : -2]


@invariant("I-29", "rows", lambda evidence: len(evidence.rows))
def rows_are_stamped(evidence: Evidence) -> Iterator[Violation]:
    """Each row bears the configuration in force when it was written, and its run says which code it ran."""
    in_force: dict[str, str] = {}
    for entry in evidence.journal.entries("daemon_started"):
        in_force[entry.body["epoch"]] = entry.body["config_hash"]
        if not entry.body["version"]:
            yield rows_are_stamped.broken(
                f"run {entry.body['epoch']} does not say its version", entry.row.told_at, "version"
            )
    reloads = {entry.row.seq: entry.body["after"] for entry in evidence.journal.entries("configuration_reloaded")}
    for row in evidence.rows:
        known = in_force.get(row.epoch)
        if row.seq in reloads:  # told with the old stamp or the new one; what follows bears the new one
            in_force[row.epoch] = reloads[row.seq]
        elif known is None and not any(life.epoch == row.epoch and life.ready is None for life in evidence.lives):
            yield rows_are_stamped.broken(
                f"row {row.seq} is of run {row.epoch}, which never began", row.told_at, row.epoch
            )
            in_force[row.epoch] = row.config_hash
        elif known is not None and row.config_hash != known:
            text = f"row {row.seq} bears configuration {row.config_hash}, in force was {known}"
            yield rows_are_stamped.broken(text, row.told_at, str(row.seq))
