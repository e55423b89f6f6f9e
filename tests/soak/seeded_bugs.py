"""Bugs made on purpose in what keeps sessions, and whether the tests notice: `python tests/soak/seeded_bugs.py [NAME]`.

Each is a few words replaced in a copy of the package; then the fitting tests are run there. Prints the table.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ("BUGS", "ROOT", "Bug", "caught")

ROOT = Path(__file__).parents[2]
ANY_DISK = "tests/stores/test_any_disk.py"
SIMULATION = "tests/engine/test_simulation.py"
FAULTS = "tests/stores/test_faults.py"
FILE = "tests/stores/test_file.py"
RECORDS = "tests/stores/test_records.py"
OWNERS = "tests/stores/test_owners.py"
REPAIR = "tests/stores/test_repair.py"


@dataclass(frozen=True)
class Bug:
    """`wrong` in the place of `right` in a file of the package; and the tests that should notice."""

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]

    def seed(self, package: Path) -> None:
        """Make it; it is an error if there is no such place, or several."""
        path = package / self.file
        text = path.read_text()
        if text.count(self.right) != 1:
            message = f"{self.name}: {text.count(self.right)} places in {self.file}, where there should be one"
            raise LookupError(message)
        path.write_text(text.replace(self.right, self.wrong))


def _bug(name: str, file: str, right: str, wrong: str, *tests: str) -> Bug:
    return Bug(name, file, right, wrong, tests)


BUGS = [
    _bug(
        "no sync",
        "stores/writer.py",
        "        self._blobs.sync(blobs)\n        self._fs.sync(self._fd)\n",
        "        self._blobs.sync(blobs)\n",
        ANY_DISK,
    ),
    _bug(
        "acknowledged before the sync",
        "stores/writer.py",
        "        return self._next_sync() if self._sync else None",
        "        self._next_sync()\n        return None",
        ANY_DISK,
    ),
    _bug(
        "no sync of a new session's folder",
        "stores/file.py",
        "                self._fs.sync_dir(folder)\n",
        "",
        ANY_DISK,
    ),
    _bug(
        "no sync of the folder of large texts",
        "stores/blobs.py",
        "            self._fs.sync_dir(self._folder)\n",
        "",
        FILE,
    ),
    _bug("a bad checksum is accepted", "stores/records.py", ' or crc != b"%08x" % zlib.crc32(body)', "", RECORDS),
    _bug(
        "another sync after one that failed",
        "stores/writer.py",
        "                self._fail(storage_error(error, self._folder.name, self._folder))\n",
        "                self._fs.sync(self._fd)\n                self._syncing.set_result(None)\n",
        ANY_DISK,
        "tests/stores/test_failing_disk.py",
    ),
    _bug(
        "records are safe before the texts they refer to",
        "stores/writer.py",
        "        self._blobs.sync(blobs)\n        self._fs.sync(self._fd)\n",
        "        self._fs.sync(self._fd)\n        self._blobs.sync(blobs)\n",
        FILE,
    ),
    _bug(
        "the lock is released before the last sync",
        "stores/writer.py",
        "        if self._flusher is not None and not self._interrupted:\n            await asyncio.wait",
        "        self._lease.release(self._fs)\n"
        "        if self._flusher is not None and not self._interrupted:\n            await asyncio.wait",
        FILE,
    ),
    _bug(
        "a second answer is taken as well",
        "engine/journal.py",
        '                self.questions.pop(data["question_id"], None)\n',
        "",
        "tests/engine/test_questions.py",
    ),
    _bug(
        "a torn end is left there",
        "stores/file.py",
        "put(fs, journal, data[: found.good_bytes])",
        "put(fs, journal, data)",
        FILE,
    ),
    _bug(
        "half a record is left after a failed write",
        "stores/writer.py",
        "                self._fs.truncate(self._fd, self._size)",
        "                pass",
        "tests/stores/test_failing_disk.py",
    ),
    _bug(
        "events are shown before they are safe",
        "engine/session.py",
        "        if durable is None and not self._unsafe:\n",
        "        if True:\n",
        FILE,
    ),
    _bug(
        "the next step begins before the last one is safe",
        "engine/context.py",
        "        await settled(session.emit(ev.UnitCompleted, call.key,",
        "        (session.emit(ev.UnitCompleted, call.key,",
        FILE,
    ),
    _bug(
        "a writer that was taken over goes on",
        "stores/writer.py",
        "        if not self._lease.current(self._fs):\n            session_id",
        "        if False:\n            session_id",
        OWNERS,
    ),
    _bug(
        "two may become the writer at once",
        "stores/lock.py",
        "            if fs.try_lock(fd) and fs.is_at(fd, path):",
        "            if True:",
        OWNERS,
    ),
    _bug("the epoch does not grow", "stores/lock.py", "before.epoch if before else 0) + 1", "0)", OWNERS, RECORDS),
    _bug(
        "a record that comes twice counts twice",
        "stores/records.py",
        'record["seq"] < len(before) and record["epoch"] > before[-1]["epoch"]',
        'record["seq"] < len(before) and record["epoch"] >= before[-1]["epoch"]',
        RECORDS,
    ),
    _bug(
        "what a crashed process wrote is trusted as it is",
        "stores/file.py",
        'if data and (lease.crashed or found.verdict == "torn"):',
        'if data and found.verdict == "torn":',
        ANY_DISK,
    ),
    _bug(
        "a reply to another request is used",
        "engine/journal.py",
        "        known = self._known.get((key, mark))\n",
        "        known = next((one for (k, _), one in self._known.items() if k == key), None)\n",
        "tests/engine/test_journal.py",
    ),
    _bug(
        "a damaged large text is believed",
        "stores/blobs.py",
        "data is None or sha256(data).hexdigest() != found[_REF]",
        "data is None",
        FILE,
    ),
    _bug(
        "a file is replaced before the new one is on the disk",
        "stores/fs.py",
        "            write_all(fs, fd, data)\n            fs.sync(fd)\n",
        "            write_all(fs, fd, data)\n",
        ANY_DISK,
        REPAIR,
    ),
    _bug(
        "a short write is taken for a whole one",
        "stores/fs.py",
        "    while done < len(data):\n        done +=",
        "    if data:\n        done +=",
        "tests/stores/test_failing_disk.py",
    ),
    _bug("a repair keeps no original", "stores/repair.py", "    put(fs, aside, data)\n", "", REPAIR),
    _bug(
        "a repair keeps what a fenced writer wrote",
        "stores/repair.py",
        'if seq < record["seq"]}',
        "}",
        REPAIR,
    ),
    _bug(
        "calls go on though nobody can write down what they say",
        "engine/session.py",
        "            self.on_broken()\n",
        "            pass\n",
        FAULTS,
    ),
    _bug(
        "a run fails instead of pausing when the disk is full",
        "engine/leg.py",
        "        if isinstance(session.broken, StorageError):\n",
        "        if False:\n",
        FAULTS,
    ),
    _bug(
        "a damaged journal is cut off at the damage",
        "stores/records.py",
        'return "damaged" if any(True for _ in intact(rest[1:])) else "torn"',
        'return "torn"',
        RECORDS,
        SIMULATION,
    ),
]


@contextmanager
def copied() -> Generator[Path]:
    """A copy of package and tests."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for part in ("strands_nb", "tests"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "static"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        yield copy


def caught(bug: Bug) -> str | None:
    """The test that notices it, None where none does."""
    with copied() as copy:
        bug.seed(copy / "strands_nb")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=no", "-rf", *bug.tests]
        environment = {**os.environ, "PYTHONPATH": str(copy), "QUICK": "1", "COLUMNS": "400"}
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    if not failed:
        assert done.returncode == 0, done.stdout + done.stderr
        return None
    return failed[0].removeprefix("FAILED ").partition(" - ")[0].rpartition("::")[2]


def main() -> None:
    """Seed them all, or those whose name contains the words given."""
    words = " ".join(sys.argv[1:])
    bugs = [bug for bug in BUGS if words in bug.name]
    noticed = 0
    for bug in bugs:
        began = time.monotonic()
        test = caught(bug)
        noticed += test is not None
        print(f"| {bug.name} | {test or '**not noticed**'} | {time.monotonic() - began:.0f} s |", flush=True)  # noqa: T201
    print(f"{noticed} of {len(bugs)} bugs are noticed")  # noqa: T201


if __name__ == "__main__":
    main()
