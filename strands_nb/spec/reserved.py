"""Names that belong to a pattern: in the templates of others an input may bear them."""

__all__ = ("RESERVED",)

_CHOSEN = "its review and the routes see it"
_PLANNED = "nothing is planned by then"
_WORKED = "no worker is done by then"
_DRAFTED = "nothing is drafted by then"
_JUDGED = "nothing is judged by then"
_REDUCED = "nothing is reduced by then"

RESERVED: dict[str, dict[str, str]] = {
    "chain": {"steps": "steps see it"},
    "workflow": {"tasks": "tasks see it"},
    "routing": {"router": _CHOSEN, "router_response": _CHOSEN, "steps": "the steps of a route see it"},
    "parallel": {
        "branches": "branches do not see one another; `reduce` sees them",
        "reduce": _REDUCED,
        "reduce_response": _REDUCED,
        "steps": "a branch has them: branches.<id>.steps",
    },
    "evaluator_optimizer": {
        "current_draft": _DRAFTED,
        "current_evaluation": _JUDGED,
        "draft": _DRAFTED,
        "evaluation": _JUDGED,
        "iteration": _DRAFTED,
        "iteration_index": _DRAFTED,
        "iterations": _DRAFTED,
        "producer_response": _DRAFTED,
    },
    "orchestrator_workers": {
        "decomposition": _PLANNED,
        "num_workers": _WORKED,
        "orchestrator_response": _PLANNED,
        "reduce": _REDUCED,
        "reduce_response": _REDUCED,
        "round_count": _PLANNED,
        "subtasks": _PLANNED,
        "task_count": _PLANNED,
        "worker": "`worker_template` sees it",
        "worker_count": _WORKED,
        "workers": _WORKED,
    },
    "graph": {"iteration": "nodes and edges see it", "nodes": "nodes and edges see it"},
}
"""By pattern: names that it gives its templates besides `inputs`, `last_response` and `hitl_response`.

No input may bear them there; what goes with each is said where it has no value.
"""
