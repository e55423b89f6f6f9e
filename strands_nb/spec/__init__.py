"""The workflow language: frozen data, read from YAML or JSON with every mistake in its place.

>>> from strands_nb.spec import check, parse
>>> spec = parse('''
... agents: {writer: {prompt: You write short briefs.}}
... steps:
...   - writer: About tides.
... ''')
>>> spec.pattern.type, check(spec)
('chain', [])
"""

from strands_nb.spec.agent import Agent
from strands_nb.spec.check import check
from strands_nb.spec.graph import GraphConfig, GraphPattern
from strands_nb.spec.inputs import Input, Inputs
from strands_nb.spec.load import load, parse, validate
from strands_nb.spec.model import Inference, Runtime
from strands_nb.spec.pattern import (
    MAX_WORKERS,
    PATTERNS,
    ChainConfig,
    ChainPattern,
    EvaluatorOptimizerConfig,
    EvaluatorOptimizerPattern,
    OrchestratorWorkersConfig,
    OrchestratorWorkersPattern,
    ParallelConfig,
    ParallelPattern,
    Pattern,
    RoutingConfig,
    RoutingPattern,
    WorkflowConfig,
    WorkflowPattern,
)
from strands_nb.spec.places import Source
from strands_nb.spec.policy import (
    Artifact,
    Budgets,
    Compaction,
    ContextPolicy,
    Env,
    FailurePolicy,
    Guardrails,
    Metadata,
    Notes,
    Otel,
    Outputs,
    Redact,
    Retrieval,
    Secret,
    Security,
    Telemetry,
)
from strands_nb.spec.schema import json_schema
from strands_nb.spec.step import AgentStep, AgentTask, HumanStep, HumanTask, Step, Task
from strands_nb.spec.templates import valueless_inputs
from strands_nb.spec.texts import document_names
from strands_nb.spec.tool import (
    BUILTIN_TOOLS,
    HttpExecutor,
    McpHttp,
    McpServer,
    McpStdio,
    PythonTool,
    Skill,
    Tools,
    tool_id,
)
from strands_nb.spec.tree import join
from strands_nb.spec.values import parse_var, resolve_inputs
from strands_nb.spec.walk import agents_of, sequences_of, steps_of
from strands_nb.spec.workflow import Spec
from strands_nb.spec.write import to_data, to_yaml

__all__ = (
    "BUILTIN_TOOLS",
    "MAX_WORKERS",
    "PATTERNS",
    "Agent",
    "AgentStep",
    "AgentTask",
    "Artifact",
    "Budgets",
    "ChainConfig",
    "ChainPattern",
    "Compaction",
    "ContextPolicy",
    "Env",
    "EvaluatorOptimizerConfig",
    "EvaluatorOptimizerPattern",
    "FailurePolicy",
    "GraphConfig",
    "GraphPattern",
    "Guardrails",
    "HttpExecutor",
    "HumanStep",
    "HumanTask",
    "Inference",
    "Input",
    "Inputs",
    "McpHttp",
    "McpServer",
    "McpStdio",
    "Metadata",
    "Notes",
    "OrchestratorWorkersConfig",
    "OrchestratorWorkersPattern",
    "Otel",
    "Outputs",
    "ParallelConfig",
    "ParallelPattern",
    "Pattern",
    "PythonTool",
    "Redact",
    "Retrieval",
    "RoutingConfig",
    "RoutingPattern",
    "Runtime",
    "Secret",
    "Security",
    "Skill",
    "Source",
    "Spec",
    "Step",
    "Task",
    "Telemetry",
    "Tools",
    "WorkflowConfig",
    "WorkflowPattern",
    "agents_of",
    "check",
    "document_names",
    "join",
    "json_schema",
    "load",
    "parse",
    "parse_var",
    "resolve_inputs",
    "sequences_of",
    "steps_of",
    "to_data",
    "to_yaml",
    "tool_id",
    "validate",
    "valueless_inputs",
)
