"""Damaged journals: what can still be read of them, and how they are made whole again.

A repaired journal is a valid one that holds every intact outcome: whoever resumes it pays only for what was lost.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from strands_nb.engine.store import Repair
from strands_nb.stores.blobs import BlobFolder
from strands_nb.stores.fs import Fs, make_certain, put
from strands_nb.stores.lock import Lease
from strands_nb.stores.records import HEAD, Grow, Record, frame, intact, scan

__all__ = ("Rest", "mend", "repair", "rest_of")

_ASIDE: Final = "journal.jsonl.damaged-"
_CLOSED: Final = ("hitl_answered", "hitl_timeout")


class Rest(NamedTuple):
    """What is left of a damaged journal: intact records in the order of their numbers, of which some are `lost`."""

    records: list[Record]
    lost: tuple[int, ...]


def rest_of(data: bytes, session_id: str, grow: Grow) -> Rest:
    """The intact records, also those behind the damage, as they lie in the file.

    Of a writer that was taken over, those do not count that its successor had not found.
    """
    kept: dict[int, Record] = {}
    epoch = 0
    for record in intact(data):
        if record["epoch"] > epoch:
            kept = {seq: one for seq, one in kept.items() if seq < record["seq"]}
            epoch = record["epoch"]
        if record["epoch"] == epoch and grow(record) is not None:
            kept.setdefault(record["seq"], record)
    numbers = sorted(kept)
    lost = tuple(n for n in range(numbers[-1] if numbers else 0) if n not in kept)
    return Rest(_headed([kept[n] for n in numbers], session_id), lost)


def repair(fs: Fs, lease: Lease) -> Repair:
    """Put a whole journal in the place of a damaged one; at every moment one of the two is there.

    Raises:
        OSError: the disk does not take it; the damaged journal is as it was.
    """
    journal = lease.folder / "journal.jsonl"
    data, blobs = fs.read(journal), BlobFolder(fs, lease.folder)
    found = scan(data, blobs.put_back)
    if found.verdict != "damaged":
        return Repair(len(found.records))
    rest = rest_of(data, lease.folder.name, blobs.put_back)
    make_certain(fs, blobs.found())
    aside = _keep(fs, lease.folder, data)
    put(fs, journal, b"".join(map(frame, mend(rest, lease.owner.epoch))))
    return Repair(len(rest.records), len(rest.lost), str(aside))


def mend(rest: Rest, epoch: int) -> list[Record]:
    """The records numbered anew, without questions that cannot be open any more, and with a note of what happened."""
    over = _answered_since(rest.records)
    kept = [record for record in rest.records if record["seq"] not in over]
    value = {"lost": list(rest.lost), "workflow_known": _knows_workflow(rest)}
    now = datetime.now(UTC).isoformat()
    note: Record = {"seq": -1, "epoch": epoch, "type": "note", "at": now, "key": "", "data": {"value": value}}
    return _headed([{**record, "seq": seq} for seq, record in enumerate([*kept, note])], rest.records[0]["session_id"])


def _keep(fs: Fs, folder: Path, data: bytes) -> Path:
    """Put the damaged original aside, once, however often a repair is begun."""
    number = 1
    while fs.exists(aside := folder / f"{_ASIDE}{number}"):
        if fs.read(aside) == data:
            return aside
        number += 1
    put(fs, aside, data)
    return aside


def _headed(records: list[Record], session_id: str) -> list[Record]:
    """The same, where the record that names session and workflow is lost with what is known of them in the first."""
    if not records or HEAD[0] in records[0]:
        return records
    unknown: dict[str, Any] = {"name": "?", "pattern": {"type": "?"}}
    spec = next((spec for record in reversed(records) if (spec := record["data"].get("spec"))), unknown)
    head = dict(zip(HEAD, (session_id, spec["name"], spec["pattern"]["type"]), strict=True))
    return [{**records[0], **head}, *records[1:]]


def _answered_since(records: list[Record]) -> set[int]:
    """The numbers of questions that look open because their answer is lost, though their unit has an outcome."""
    ended = {record["key"]: record["seq"] for record in records if record["type"].endswith("_complete")}
    closed = {record["data"]["question_id"] for record in records if record["type"] in _CLOSED}
    asked = [record for record in records if record["type"] == "hitl_requested"]
    return {
        record["seq"]
        for record in asked
        if record["data"]["question_id"] not in closed and ended.get(record["key"], -1) > record["seq"]
    }


def _knows_workflow(rest: Rest) -> bool:
    """Whether the last record that names the workflow (the first of a leg) is sure to be among those that are left."""
    known = True
    before = -1, 0
    for record in rest.records:
        if record["type"] in ("workflow_start", "workflow_resume"):
            known = True
        elif record["seq"] > before[0] + 1 and record["epoch"] != before[1]:
            known = False
        before = record["seq"], record["epoch"]
    return known
