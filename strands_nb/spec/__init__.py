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
from strands_nb.spec.inputs import Input, Inputs
from strands_nb.spec.load import load, parse, validate
from strands_nb.spec.model import Inference, Runtime
from strands_nb.spec.pattern import FORMAT_PATTERNS, SUPPORTED_PATTERNS, ChainConfig, ChainPattern, Pattern
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
from strands_nb.spec.scopes import RESULT_FIELDS, document_names
from strands_nb.spec.step import AgentStep, HumanStep, Step
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
from strands_nb.spec.values import parse_var, resolve_inputs
from strands_nb.spec.workflow import Spec
from strands_nb.spec.write import to_data, to_yaml

__all__ = (
    "BUILTIN_TOOLS",
    "FORMAT_PATTERNS",
    "RESULT_FIELDS",
    "SUPPORTED_PATTERNS",
    "Agent",
    "AgentStep",
    "Artifact",
    "Budgets",
    "ChainConfig",
    "ChainPattern",
    "Compaction",
    "ContextPolicy",
    "Env",
    "FailurePolicy",
    "Guardrails",
    "HttpExecutor",
    "HumanStep",
    "Inference",
    "Input",
    "Inputs",
    "McpHttp",
    "McpServer",
    "McpStdio",
    "Metadata",
    "Notes",
    "Otel",
    "Outputs",
    "Pattern",
    "PythonTool",
    "Redact",
    "Retrieval",
    "Runtime",
    "Secret",
    "Security",
    "Skill",
    "Source",
    "Spec",
    "Step",
    "Telemetry",
    "Tools",
    "check",
    "document_names",
    "json_schema",
    "load",
    "parse",
    "parse_var",
    "resolve_inputs",
    "to_data",
    "to_yaml",
    "tool_id",
    "validate",
)
