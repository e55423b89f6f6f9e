"""What agents remember of one sequential scope."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from strands_nb.engine.call import Message, Reply, text_message
from strands_nb.engine.fingerprint import canonical, fingerprint

__all__ = ("Memory",)


@dataclass(frozen=True)
class _Turn:
    unit: str
    agent: str
    prompt: str
    reply: Reply
    before: str
    request: str

    @cached_property
    def digest(self) -> str:
        """Rolling hash of this turn and all before it that its agent saw; most are never asked for."""
        said = self.reply.text if self.reply.turn is None else canonical(self.reply.turn)
        return fingerprint(self.before, self.request, said)


class Memory:
    """The turns of a scope, in order. Rebuilt from the journal on a resume, since replayed replies pass through it.

    An agent that remembers sees all its turns of the scope; one that does not sees only the former turns of the
    very unit that is being revised.
    """

    __slots__ = ("_by_agent", "_by_unit", "_inherited", "_turns")

    def __init__(self) -> None:
        self._turns: list[_Turn] = []
        self._inherited = 0
        self._by_agent: dict[str, list[_Turn]] = {}
        self._by_unit: dict[str, list[_Turn]] = {}

    def _seen(self, agent: str, unit: str, *, all_turns: bool) -> list[_Turn]:
        return (self._by_agent.get(agent) if all_turns else self._by_unit.get(unit)) or []

    def digest(self, agent: str, unit: str, *, remembers: bool) -> str:
        """The hash of what the agent would see now; empty for nothing."""
        seen = self._seen(agent, unit, all_turns=remembers)
        return seen[-1].digest if seen else ""

    def history(self, agent: str, unit: str, *, remembers: bool) -> tuple[Message, ...]:
        """The conversation the agent would see now, oldest first."""
        messages: list[Message] = []
        for turn in self._seen(agent, unit, all_turns=remembers):
            messages.append(text_message("user", turn.prompt))
            messages.extend(turn.reply.messages)
        return tuple(messages)

    def add(self, unit: str, agent: str, prompt: str, reply: Reply, *, before: str, request: str) -> None:
        """One more turn: `before` is the digest of what was seen, `request` what the prompt counts as in a hash."""
        turn = _Turn(unit, agent, prompt, reply, before, request)
        self._turns.append(turn)
        self._by_agent.setdefault(agent, []).append(turn)
        self._by_unit.setdefault(unit, []).append(turn)

    def rewind(self, unit: str) -> None:
        """Forget every turn after those of `unit`: they rest on a reply that is being revised.

        A unit that has been forgotten itself, because one before it was revised, has nothing after it.
        """
        while self._by_unit.get(unit) and self._turns[-1].unit != unit:
            self._pop()

    def forget(self, length: int) -> None:
        """Forget every turn beyond the first `length`."""
        while len(self._turns) > length:
            self._pop()

    def _pop(self) -> None:
        turn = self._turns.pop()
        self._by_agent[turn.agent].pop()
        self._by_unit[turn.unit].pop()

    def __len__(self) -> int:
        return len(self._turns)

    def copy(self) -> Memory:
        """What is remembered now, to go on from at the same time as others."""
        other = Memory()
        other._turns = list(self._turns)
        other._by_agent = {agent: list(turns) for agent, turns in self._by_agent.items()}
        other._by_unit = {unit: list(turns) for unit, turns in self._by_unit.items()}
        other._inherited = len(self._turns)
        return other

    def absorb(self, other: Memory) -> None:
        """Add the turns of a copy that are new in it, as if they had followed what is here."""
        for turn in other._turns[other._inherited :]:
            before = self.digest(turn.agent, turn.unit, remembers=True)
            self.add(turn.unit, turn.agent, turn.prompt, turn.reply, before=before, request=turn.request)
