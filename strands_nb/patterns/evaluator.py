"""A draft, a verdict, a revision, until the verdict is good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strands_nb.engine.question import APPROVED
from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit
from strands_nb.errors import ExecutionError
from strands_nb.patterns.frame import inputs_text
from strands_nb.patterns.steps import Reviewed, ask_human, fill, names_of

if TYPE_CHECKING:
    from strands_nb.engine.call import Reply
    from strands_nb.engine.context import Context
    from strands_nb.patterns.frame import Record
    from strands_nb.spec import EvaluatorOptimizerConfig

__all__ = ("evaluator_optimizer",)

_JUDGE = """Judge this draft. Give a score from 0 to 100, the issues you see, and how to fix them.

{{ draft }}"""
_REVISE = """Your draft scored {{ evaluation.score }} of 100.
{%- if evaluation.issues %}

Issues:
{%- for issue in evaluation.issues %}
- {{ issue }}
{%- endfor %}
{%- endif %}
{%- if evaluation.fixes %}

Fixes:
{%- for fix in evaluation.fixes %}
- {{ fix }}
{%- endfor %}
{%- endif %}
{%- if said %}

A reviewer adds: {{ said }}
{%- endif %}

Revise it. Draft:

{{ draft }}"""
_ADDS = "A reviewer adds:"
_STOP, _CONTINUE = "stop", "continue"
"""What a reviewer may say of a draft: it will do as it is, or there is nothing to add."""
_SCAFFOLD = "evaluator/1"
"""Version of these two texts: it stands for them in fingerprints."""

_LIST = {"type": "array", "items": {"type": "string"}}
_VERDICT = {
    "type": "object",
    "properties": {"score": {"type": "integer", "minimum": 0, "maximum": 100}, "issues": _LIST, "fixes": _LIST},
    "required": ["score"],
}
_PREVIEW = 200


async def evaluator_optimizer(ctx: Context, config: EvaluatorOptimizerConfig, record: Record) -> Outcome:
    """Produce, judge, and revise until a draft is accepted or `max_iters` are judged."""
    loop = _Loop(config, record)
    for number in range(config.accept.max_iters):
        async with ctx.unit(Unit(f"iterations/{number}", "iteration", number)) as unit:
            await loop.iterate(ctx.at(f"iterations/{number}"), number)
            unit.response, unit.tokens = loop.latest["draft"], loop.latest["tokens"]
        if loop.accepted:
            break
    return loop.end()


@dataclass(slots=True)
class _Round:
    """What is under way in one iteration: its revision, and what a human wants changed."""

    revision: int = 1
    feedback: str | None = None


class _Loop:
    """The drafts so far and what was said of them."""

    def __init__(self, config: EvaluatorOptimizerConfig, record: Record) -> None:
        self._config, self._record = config, record
        self._iterations: list[dict[str, Any]] = []
        self._said: str | None = None
        """What a human has said about the latest draft, beyond that it be revised."""
        self._stopped = False
        self._names: dict[str, Any] = {**record.variables, "inputs": record.variables, "iterations": self._iterations}
        self._show()

    @property
    def latest(self) -> dict[str, Any]:
        """The latest iteration."""
        return self._iterations[-1]

    @property
    def accepted(self) -> bool:
        """Whether the latest draft is good enough, by its score or to a human."""
        return self._stopped or self.latest["score"] >= self._config.accept.min_score

    async def iterate(self, ctx: Context, number: int) -> None:
        """One draft, its verdict, and the question about it; as often as a human has the draft changed."""
        now = _Round()
        prompt, scaffold = self._request(number)
        while True:
            asked = (prompt, scaffold) if now.feedback is None else (now.feedback, "")
            draft = await self._produce(ctx, number, now, *asked)
            verdict = await self._judge(ctx, number, now)
            del self._iterations[number:]
            self._iterations.append(_entry(number, draft, verdict, self._config.producer.agent))
            self._names |= {"evaluation": self.latest["evaluation"], "current_evaluation": self.latest["evaluation"]}
            self._show()
            if not await self._sent_back(ctx, number, now):
                return

    def _request(self, number: int) -> tuple[str, str]:
        """What the producer is asked, and what stands for it in fingerprints where the words are ours."""
        at = f"iterations/{number}/produce"
        if number == 0:
            text = self._config.producer.input
            return (inputs_text(self._record.variables) if text is None else fill(text, self._names, at=at)), ""
        self._names["iteration"], self._names["iteration_index"] = number, number - 1
        own, said = self._config.revise_prompt, self._said
        self._said = None
        if own is None:
            return self._ours(_REVISE, "draft", "evaluation", at=at, said=said)
        prompt = fill(own, {**self._names, "hitl_response": said} if said is not None else self._names, at=at)
        return (prompt if said is None or names_of(own) & {"hitl_response"} else f"{prompt}\n\n{_ADDS} {said}"), ""

    def _ours(self, text: str, *names: str, at: str, said: str | None = None) -> tuple[str, str]:
        """A prompt in our words, and what stands for it in fingerprints: their version and what they are about."""
        seen = [self._names[name] for name in names]
        return fill(text, {**self._names, "said": said}, at=at), f"{_SCAFFOLD} {[*seen, said]!r}"

    async def _produce(self, ctx: Context, number: int, now: _Round, prompt: str, scaffold: str) -> Reply:
        unit = Unit("produce", "producer", number, revision=now.revision)
        again = now.feedback is not None
        reply = await ctx.agent(self._config.producer.agent, prompt, key=unit, follows_up=again, scaffold=scaffold)
        seen = ("draft", "current_draft", "producer_response", "last_response")
        self._names |= dict.fromkeys(seen, reply.text)
        if self._config.review_gate is not None:
            self._names.setdefault("hitl_response", "")  # nobody is asked before the first verdict
        self._names |= {"iteration": number + 1, "iteration_index": number}
        return reply

    async def _judge(self, ctx: Context, number: int, now: _Round) -> Reply:
        own = self._config.evaluator.input
        at = f"{ctx.path}evaluate"
        prompt, scaffold = self._ours(_JUDGE, "draft", at=at) if own is None else (fill(own, self._names, at=at), "")
        unit = Unit("evaluate", "evaluator", number, revision=now.revision)
        agent = self._config.evaluator.agent
        return await ctx.agent(agent, prompt, key=unit, schema=_VERDICT, scaffold=scaffold)

    async def _sent_back(self, ctx: Context, number: int, now: _Round) -> bool:
        """Ask about a draft that was not accepted, unless it was the last; whether it is to be done again."""
        gate = self._config.review_gate
        if gate is None or self.accepted or number + 1 == self._config.accept.max_iters:
            return False
        unit = Unit("review", "review", number, gate.id, now.revision)
        answer, _ = await ask_human(
            ctx, gate, unit, self._names, reviews=Reviewed(f"{ctx.path}produce", self._names["draft"])
        )
        if answer.action == "modify":
            now.revision, now.feedback = now.revision + 1, answer.text
            return True
        self._names["hitl_response"] = answer.text
        self._stopped = answer.text == _STOP
        self._said = None if answer.text in (APPROVED, _CONTINUE) else answer.text
        self._show()
        return False

    def _best(self) -> dict[str, Any]:
        """The draft that a human took, else that of the highest score, the latest of several."""
        return self.latest if self._stopped else max(reversed(self._iterations), key=lambda entry: entry["score"])

    def _show(self) -> None:
        done = bool(self._iterations)
        self._record.show(
            iterations=self._iterations,
            final_score=self._best()["score"] if done else None,
            accepted=done and self.accepted,
            min_score=self._config.accept.min_score,
            max_iters=self._config.accept.max_iters,
        )

    def end(self) -> Outcome:
        """The draft that counts.

        Raises:
            ExecutionError: none was accepted, and the workflow wants that to be a failure.
        """
        best = self._best()
        self._record.names |= {"draft": best["draft"], "evaluation": best["evaluation"]}
        if "hitl_response" in self._names:
            self._record.names["hitl_response"] = self._names["hitl_response"]
        if not self.accepted and self._config.on_exhausted == "fail":
            accept = self._config.accept
            message = (
                f"no draft was accepted in {accept.max_iters} iterations: the best scored {best['score']:g} of "
                f"{accept.min_score}; raise max_iters and resume, or lower min_score"
            )
            raise ExecutionError(message, key=f"iterations/{best['index']}")
        return Outcome(best["draft"], self._config.producer.agent)


def _entry(number: int, draft: Reply, verdict: Reply, agent: str) -> dict[str, Any]:
    """One of `iterations`."""
    said: dict[str, Any] = {"issues": [], "fixes": [], "feedback": "", **verdict.value}
    score = int(said["score"])  # to JSON, 87.0 is a whole number too
    evaluation = {**said, "score": score, "response": verdict.text}
    return {
        "index": number,
        "iteration": number + 1,
        "score": score,
        "issues": evaluation["issues"],
        "fixes": evaluation["fixes"],
        "feedback": evaluation["feedback"],
        "evaluation": evaluation,
        "draft": draft.text,
        "draft_preview": draft.text[:_PREVIEW],
        "producer_response": draft.text,
        "response": draft.text,
        "agent": agent,
        "status": "completed",
        "tokens": draft.usage.total + verdict.usage.total,
    }
