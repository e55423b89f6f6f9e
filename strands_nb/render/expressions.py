"""The language of conditions: from a text to a tree, by a parser with one method for each rule.

::

    either    = both ("or" both)*              both       = negation ("and" negation)*
    negation  = "not" negation | comparison    comparison = operand [operator operand]
    operand   = ("-" operand | atom) step*     atom       = literal | name | "(" either ")" | "[" items "]"
    step      = "." name ["(" items ")"] | "[" either "]" | "|" name ["(" items ")"] | "is" ["not"] name
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, NamedTuple

from strands_nb.errors import TemplateError
from strands_nb.render import operations as do
from strands_nb.render.faults import TemplateFault, fault_at
from strands_nb.render.operations import shown
from strands_nb.render.tree import List, Literal, Logic, Name, Node, Step, chained

__all__ = ("parse",)

_MAX_DEPTH = 50


class _Token(NamedTuple):
    kind: str
    text: str
    at: int
    end: int


# No two alternatives begin alike, and the last two take whatever is left: one pass, no way back.
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    |(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>[=!<>]+|&&|\|\||.)
    |(?P<end>\Z))""",
    re.DOTALL | re.VERBOSE,
)
# Others stay as they are: `\d` and `\b` are for regular expressions.
_ESCAPE = re.compile(r"\\(['\"\\nrt])")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None}
_OPERATORS = ("and", "contains", "in", "is", "not", "or")
_ADVICE = {
    **dict.fromkeys(("=", "==="), "; did you mean '=='?"),
    **dict.fromkeys(("<>", "!=="), "; did you mean '!='?"),
    **dict.fromkeys("+*/%~", "; there is no arithmetic in a condition"),
    **dict.fromkeys("{}", "; braces go around the whole condition only"),
    **dict.fromkeys("'\"", "; the text that begins here has no end"),
    "-": "; there is no arithmetic in a condition; a name with a dash is written nodes['a-b']",
    ",": "; a list is written in brackets",
    "&&": "; did you mean 'and'?",
    "||": "; did you mean 'or'?",
    "!": "; did you mean 'not'?",
}


def parse(text: str, start: int, stop: int) -> Node:
    """The tree of `text[start:stop]`.

    Raises:
        TemplateFault: it does not parse, or uses a filter, test or method that does not exist.
    """
    return _Parser(text, start, stop).whole()


class _Parser:
    def __init__(self, text: str, start: int, stop: int) -> None:
        matches = _TOKEN.finditer(text, start, stop)
        self.tokens = [_Token(kind, match[kind], *match.span(kind)) for match in matches if (kind := match.lastgroup)]
        self.text, self.index, self.depth = text, 0, 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.index]

    @property
    def last(self) -> _Token:
        return self.tokens[self.index - 1]

    def took(self, text: str) -> bool:
        """Whether this is the next token, which is then the last; never one in quotes, for they belong to its text."""
        here = self.token.text == text
        self.index += here
        return here

    def expect(self, text: str) -> None:
        if not self.took(text):
            raise self.unexpected(repr(text))

    def word(self) -> _Token:
        if self.token.kind != "word":
            raise self.unexpected("a name")
        self.index += 1
        if self.last.text.startswith("__"):
            raise self.fault(self.last, f"{shown(self.last.text)} is not available: two underscores are Python's own")
        return self.last

    def fault(self, token: _Token, reason: str) -> TemplateFault:
        return fault_at(self.text, token.at, reason, token.text)

    def unexpected(self, wanted: str) -> TemplateFault:
        found, advice = self.token.text, _ADVICE.get(self.token.text, "")
        if self.token.kind == "word" and found not in _OPERATORS:
            advice = _meant(found, _OPERATORS, "a text is put in quotes")
        return self.fault(self.token, f"expected {wanted}, found {shown(found) if found else 'the end'}{advice}")

    @contextmanager
    def deeper(self) -> Generator[None]:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise self.fault(self.token, "nested too deeply")
        yield
        self.depth -= 1

    # ---------------------------------------------------------------- rules

    def whole(self) -> Node:
        root = self.either()
        if self.token.kind != "end":
            raise self.unexpected("an operator or the end")
        return root

    def either(self) -> Node:
        with self.deeper():
            return self.several("or", self.both)

    def both(self) -> Node:
        return self.several("and", self.negation)

    def several(self, word: str, operand: Callable[[], Node]) -> Node:
        operands = [operand()]
        while self.took(word):
            operands.append(operand())
        return Logic(tuple(operands), every=word == "and") if len(operands) > 1 else operands[0]

    def negation(self) -> Node:
        if not self.took("not"):
            return self.comparison()
        token = self.last
        with self.deeper():
            return chained(self.negation(), Step(do.UNARY["not"], (), token.at, token.end))

    def comparison(self) -> Node:
        first = self.operand()
        if not (operator := self.operator()):
            return first
        token = self.last
        second = self.contained() if operator.endswith("contains") else self.operand()
        if self.operator():
            raise self.fault(self.last, "compare two at a time: a < b and b < c")
        return chained(first, Step(do.COMPARISONS[operator], (second,), token.at, token.end))

    def operator(self) -> str | None:
        text = self.token.text
        if text == "not":
            text = f"not {self.tokens[self.index + 1].text}"
        if text not in do.COMPARISONS:
            return None
        self.index += len(text.split())
        return text

    def contained(self) -> Node:
        """What follows `contains`: a single word or number there can be meant as a text."""
        token = self.token
        match self.operand():
            case Name() as name if token.kind == "word":
                return replace(name, bare=True)
            case Literal(value) if token.kind in ("word", "number"):
                return Literal(do.Written(token.text, value))
            case operand:
                return operand

    def operand(self, *, tight: bool = False) -> Node:
        """A value with its steps; a `tight` one, which follows a minus, leaves filters and tests to the whole."""
        at = self.token.at
        base = self.negative() if self.took("-") else self.atom()
        steps: list[Step] = []
        while step := self.part(at) or (None if tight else self.use()):
            steps.append(step)
            if len(steps) > _MAX_DEPTH:
                raise self.fault(self.last, "nested too deeply")
        return chained(base, *steps)

    def negative(self) -> Node:
        token = self.last
        with self.deeper():
            operand = self.operand(tight=True)
        if isinstance(operand, Literal) and isinstance(operand.value, (int, float)):
            return Literal(-operand.value)
        return chained(operand, Step(do.UNARY["-"], (), token.at, token.end))

    def atom(self) -> Node:
        token = self.token
        if self.took("("):
            inner = self.either()
            self.expect(")")
            return inner
        if self.took("["):
            return List(self.items("]"))
        if token.kind in ("number", "text") or token.text in _CONSTANTS:
            self.index += 1
            return Literal(_value(token))
        if token.kind != "word" or token.text in _OPERATORS:
            raise self.unexpected("a value")
        return Name(self.word().text, token.at)

    def items(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self.took(closing):
            items.append(self.either())
            if not self.took(","):
                self.expect(closing)
                break
        return tuple(items)

    def part(self, start: int) -> Step | None:
        """`.name`, `[key]` or `.method()`."""
        if self.took("["):
            key = self.either()
            self.expect("]")
            return Step(do.ITEM, (key,), start, self.last.end)
        if not self.took("."):
            return None
        name = self.word()
        if self.token.text == "(":
            return self.call("method", name, do.METHODS)
        return Step(do.ATTRIBUTE, (Literal(name.text),), start, name.end)

    def use(self) -> Step | None:
        """A filter or a test."""
        if self.took("|"):
            return self.call("filter", self.word(), do.FILTERS)
        if self.took("is"):
            tests = do.NEGATED_TESTS if self.took("not") else do.TESTS
            name = self.word()
            return self.call("test", name._replace(text=name.text.lower()), tests)
        if self.token.text == "(":
            callee = self.last.text
            hint = f"; a filter follows a bar: … | {close}" if (close := _nearest(callee, do.FILTERS)) else ""
            raise self.fault(self.last, f"{shown(callee)} cannot be called{hint}")
        return None

    def call(self, kind: str, name: _Token, known: Mapping[str, do.Function]) -> Step:
        if name.text not in known:
            hint = _meant(name.text, known, f"there is {', '.join(known)}")
            raise self.fault(name, f"there is no {kind} {shown(name.text)}{hint}")
        function = known[name.text]
        arguments = self.items(")") if self.took("(") else ()
        if not function.least <= len(arguments) <= function.most:
            span = " to ".join(map(str, sorted({function.least, function.most})))
            raise self.fault(name, f"{name.text} takes {span} argument{'s' * (span != '1')}, not {len(arguments)}")
        self.try_out(name, function, arguments)
        return Step(function, arguments, name.at, name.end)

    def try_out(self, name: _Token, function: do.Function, arguments: tuple[Node, ...]) -> None:
        """See before the run that arguments are of the right kind, and that a pattern parses."""
        values = [argument.value for argument in arguments if isinstance(argument, Literal)]
        if len(values) == len(arguments):
            try:
                function.apply("", *values)
            except TemplateError as error:
                raise self.fault(name, str(error)) from None


def _value(token: _Token) -> Any:  # noqa: ANN401 - any literal
    match token.kind:
        case "number":
            return do.number(token.text)
        case "word":
            return _CONSTANTS[token.text]
        case _:
            return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), token.text[1:-1])


def _nearest(word: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(word.lower(), known, n=1)), None)


def _meant(word: str, known: Iterable[str], otherwise: str) -> str:
    close = _nearest(word, known)
    return f"; did you mean {close!r}?" if close else f"; {otherwise}"
