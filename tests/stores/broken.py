"""Stores with one fault each, and the test of the contract that is there to catch it: run by `test_contract.py`."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.events import Noted
from strands_nb.errors import SessionBusyError, SessionNotFoundError
from strands_nb.testing.stores import SessionRepositoryContract
from tests.stores.example import TAKE_OVER, SqliteSessionRepository

if TYPE_CHECKING:
    from pathlib import Path

    from strands_nb.engine.events import Event
    from strands_nb.engine.store import SessionEntry

Sound = SqliteSessionRepository


class AcknowledgesEarly(Sound):
    """Holds the latest record back until the next comes."""

    held: Event | None = None

    def append(self, session_id: str, event: Event) -> None:
        if self.held is not None:
            super().append(session_id, self.held)
        self.held = event

    async def release(self, session_id: str) -> None:
        if self.held is not None:
            super().append(session_id, self.held)
        self.held = None
        await super().release(session_id)


class DropsWhatIsOutOfTurn(Sound):
    def append(self, session_id: str, event: Event) -> None:
        with suppress(SessionBusyError):
            super().append(session_id, event)


class WritesWhatIsOutOfTurn(Sound):
    def append(self, session_id: str, event: Event) -> None:
        super().append(session_id, replace(event, seq=self.count(session_id)))  # pyright: ignore[reportArgumentType]

    def count(self, session_id: str) -> int:
        return self.sql("SELECT count(*) FROM records WHERE session = ?", session_id)[0][0]


class MixesSessions(WritesWhatIsOutOfTurn):
    latest = ""

    async def claim(self, session_id: str, *, take_over: bool = False) -> None:
        await super().claim(session_id, take_over=take_over)
        self.latest = session_id

    def append(self, session_id: str, event: Event) -> None:
        super().append(self.latest, event)


class AdmitsTwoWriters(Sound):
    async def claim(self, session_id: str, *, take_over: bool = False) -> None:
        await super().claim(session_id, take_over=True)


class LetsTheFencedWrite(Sound):
    """Looks at the number of a record only, not at who writes it."""

    def append(self, session_id: str, event: Event) -> None:
        self.sql(TAKE_OVER, session_id, self.tokens.get(session_id), self.who)
        super().append(session_id, event)


class FreesWhatItHasLost(Sound):
    async def release(self, session_id: str) -> None:
        self.sql("DELETE FROM owners WHERE session = ?", session_id)


class NeverReleases(Sound):
    async def release(self, session_id: str) -> None:
        pass


class LosesTheLastRecordOnTakeOver(Sound):
    async def claim(self, session_id: str, *, take_over: bool = False) -> None:
        if take_over:
            self.sql("DELETE FROM records WHERE session = ?1 AND seq = (SELECT max(seq) FROM records)", session_id)
        await super().claim(session_id, take_over=take_over)


class TearsTheLastRecordInACrash(Sound):
    async def claim(self, session_id: str, *, take_over: bool = False) -> None:
        if take_over:
            self.sql("UPDATE records SET body = substr(body, 9) WHERE seq = (SELECT max(seq) FROM records)")
        await super().claim(session_id, take_over=take_over)


class ReadsWhatItReadBefore(Sound):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.known: dict[str, list[Event]] = {}

    async def read(self, session_id: str) -> list[Event]:
        if session_id not in self.known:
            self.known[session_id] = await super().read(session_id)
        return self.known[session_id]


class FindsNothingInTheUnknown(Sound):
    async def read(self, session_id: str) -> list[Event]:
        try:
            return await super().read(session_id)
        except SessionNotFoundError:
            return []


class Rewrites(Sound):
    """Changes texts on their way to the disk."""

    def append(self, session_id: str, event: Event) -> None:
        assert isinstance(event, Noted)
        value = event.data["value"]
        text = self.rewritten(value) if isinstance(value, str) else value
        super().append(session_id, replace(event, data={"value": text}))

    def rewritten(self, text: str) -> str:
        raise NotImplementedError


class Normalises(Rewrites):
    def rewritten(self, text: str) -> str:
        return unicodedata.normalize("NFC", text)


class ReplacesHalfPairs(Rewrites):
    def rewritten(self, text: str) -> str:
        return text.encode("utf-8", "replace").decode()


class CutsLargeTexts(Rewrites):
    def rewritten(self, text: str) -> str:
        return text[:65_536]


class ListsOldestFirst(Sound):
    async def list(self) -> list[SessionEntry]:
        return list(reversed(await super().list()))


class HidesOwners(Sound):
    async def list(self) -> list[SessionEntry]:
        return [replace(entry, owner=None) for entry in await super().list()]


class DeletesWhatRuns(Sound):
    async def delete(self, session_id: str) -> None:
        await self.read(session_id)
        self.sql("DELETE FROM records WHERE session = ?", session_id)


class DeletesNothing(Sound):
    async def delete(self, session_id: str) -> None:
        await self.claim(session_id)
        await self.release(session_id)


CAUGHT_BY: dict[type[Sound], str] = {
    AcknowledgesEarly: "test_what_is_acknowledged_is_there_for_everybody",
    AdmitsTwoWriters: "test_a_session_is_claimed_once",
    CutsLargeTexts: "test_a_text_comes_back_as_it_was[65,537 signs]",
    DeletesNothing: "test_a_deleted_session_is_gone",
    DeletesWhatRuns: "test_a_running_session_is_not_deleted",
    DropsWhatIsOutOfTurn: "test_an_event_out_of_turn_is_refused[1]",
    FindsNothingInTheUnknown: "test_an_unknown_session_is_not_found",
    FreesWhatItHasLost: "test_the_loser_of_a_session_does_not_free_it",
    HidesOwners: "test_the_list_says_which_sessions_somebody_runs",
    LetsTheFencedWrite: "test_a_writer_that_was_taken_over_can_write_nothing_more[1]",
    ListsOldestFirst: "test_sessions_are_listed_newest_first",
    LosesTheLastRecordOnTakeOver: "test_what_was_acknowledged_before_a_take_over_is_kept",
    MixesSessions: "test_sessions_that_are_written_at_the_same_time_do_not_mix",
    NeverReleases: "test_a_session_goes_on_where_it_ended",
    Normalises: "test_a_text_comes_back_as_it_was[combining]",
    ReadsWhatItReadBefore: "test_who_reads_while_another_writes_sees_a_beginning_of_the_log",
    ReplacesHalfPairs: "test_a_text_comes_back_as_it_was[half of a surrogate pair]",
    TearsTheLastRecordInACrash: "test_a_crash_before_the_acknowledgement_leaves_a_session_that_goes_on[0]",
    WritesWhatIsOutOfTurn: "test_an_event_out_of_turn_is_refused[3]",
}


def contract_of(make: type[Sound]) -> type[SessionRepositoryContract]:
    class TestStore(SessionRepositoryContract):
        @pytest.fixture(autouse=True)
        def _place(self, tmp_path: Path) -> None:
            self.path = tmp_path / "sessions.db"

        def make_store(self) -> Sound:
            return make(self.path)

        def reopen(self, store: Any) -> Sound:
            return make(self.path)

    return TestStore


globals().update({f"Test{fault.__name__}": contract_of(fault) for fault in CAUGHT_BY})
