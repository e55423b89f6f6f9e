"""An agent chooses a route; its steps run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strands_nb.engine import events as ev
from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit, key_part
from strands_nb.patterns.frame import Frame, inputs_text
from strands_nb.patterns.results import RouterResult
from strands_nb.patterns.sequence import StepSequence, ended
from strands_nb.patterns.steps import Reviewed, ask_human, choice_in, fill

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strands_nb.engine.call import Reply
    from strands_nb.engine.context import Context
    from strands_nb.patterns.frame import Record
    from strands_nb.spec import RoutingConfig

__all__ = ("routing",)


async def routing(ctx: Context, config: RoutingConfig, record: Record) -> Outcome:
    """Ask the router, have its choice reviewed if the workflow says so, then run the steps of the route."""
    names = {**record.variables, "inputs": record.variables}
    record.show(router=None, chosen_route=None, steps=[])
    own = config.router.input
    request = inputs_text(record.variables) if own is None else fill(own, names, at="router")
    router, answer = await _decided(ctx, config, request, names, record)
    await ctx.tell(ev.RouteDecided, "router", {"route": router.chosen_route, "routes": list(config.routes)})
    given = {"router": router, "router_response": router.response}
    frame = Frame(record.variables, given, answer)
    record.show(router=router, chosen_route=router.chosen_route, steps=frame.steps)
    record.names["router_response"] = router.response
    steps = config.routes[router.chosen_route].then
    if not steps:
        return Outcome(router.response, router.agent)
    key = f"routes/{key_part(router.chosen_route)}"
    async with ctx.unit(Unit(key, "route", id=router.chosen_route)) as unit:
        # The route is a scope of its own: its agents do not remember having been asked for a route.
        await StepSequence(steps, frame, request).run(ctx.apart(key))
        outcome = ended(frame, record)
        unit.response, unit.tokens = outcome.response, frame.tokens
    return outcome


async def _decided(
    ctx: Context, config: RoutingConfig, request: str, names: dict[str, Any], record: Record
) -> tuple[RouterResult, str | None]:
    """The router's choice, and what a human said about it; asked anew as long as the human wants it changed."""
    routes, review = tuple(config.routes), config.router.review_router
    revision, asked = 1, request
    while True:
        unit = Unit("router", "router", revision=revision)
        schema, retries = _schema(routes), config.router.max_retries
        again = revision > 1
        reply = await ctx.agent(config.router.agent, asked, key=unit, schema=schema, reasks=retries, follows_up=again)
        router = _result(reply, config.router.agent, reply.value["route"])
        record.show(router=router)
        if review is None:
            return router, None
        seen = {**names, "router": router, "router_response": router.response, "last_response": router.response}
        gate = Unit("review", "review", id=review.id, revision=revision)
        answer, _ = await ask_human(
            ctx,
            review,
            gate,
            seen,
            reviews=Reviewed("router", router.chosen_route),
            choices=routes,
            default=router.chosen_route,
        )
        if answer.action != "modify":
            # Any other answer is content with what was chosen.
            route = choice_in(answer.text, routes) or router.chosen_route
            return _result(reply, config.router.agent, route), answer.text
        revision, asked = revision + 1, answer.text


def _schema(routes: Iterable[str]) -> dict[str, Any]:
    return {"type": "object", "properties": {"route": {"enum": list(routes)}}, "required": ["route"]}


def _result(reply: Reply, agent: str, route: str) -> RouterResult:
    return RouterResult(
        response=reply.text, agent=agent, tokens=reply.usage.total, value=reply.value, chosen_route=route
    )
