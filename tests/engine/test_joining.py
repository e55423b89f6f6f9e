"""Who joins a run late."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from strands_nb.engine.call import Reply
from strands_nb.engine.events import Token
from strands_nb.engine.result import Outcome
from strands_nb.testing import ScriptedAgents, start

if TYPE_CHECKING:
    from strands_nb.engine.call import Call
    from strands_nb.engine.context import Context
    from strands_nb.engine.events import Event


def test_who_joins_in_the_middle_of_a_reply_is_told_what_has_streamed_so_far() -> None:
    said, go_on = threading.Event(), threading.Event()

    class Slow(ScriptedAgents):
        async def call(self, call: Call) -> Reply:
            call.watch.text("the first half, ")
            said.set()
            await asyncio.to_thread(go_on.wait, 10)
            call.watch.text("the second")
            return Reply("the first half, the second")

    async def program(ctx: Context) -> Outcome:
        return Outcome((await ctx.agent("writer", "go", key="steps/0")).text)

    run = start(program, Slow())
    assert said.wait(10)
    seen: list[Event] = []
    run.listen(seen.append, replay=True)
    go_on.set()
    run.result(10)
    assert "".join(event.data["text"] for event in seen if isinstance(event, Token)) == "the first half, the second"
