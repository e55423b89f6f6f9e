"""Arithmetic, and nothing else: a parsed whitelist, whose numbers are bounded before they are computed."""

from __future__ import annotations

import ast
import math
from typing import Annotated, Any, TypeAlias

from pydantic import Field

from strands_nb.errors import ToolError

__all__ = ("calculator",)

Value: TypeAlias = "int | float"

MAX_EXPRESSION = 1_000
MAX_BITS = 10_000
"""Of a whole number: three thousand digits."""
MAX_ARGUMENT = 1_000
"""Of the functions whose results outgrow any bound: `factorial`, and `round` to so many digits."""


def calculator(expression: Annotated[str, Field(description="e.g. (1499 - 320) * 0.19 or sqrt(2) / 3")]) -> str:
    """Compute an arithmetic expression.

    It may have numbers, + - * / // % **, parentheses, pi, e, tau, and the functions abs, acos, asin, atan, atan2,
    ceil, cos, degrees, exp, factorial, floor, gcd, hypot, log, log10, log2, max, min, radians, round, sin, sqrt, tan,
    trunc.

    >>> calculator("2 ** 10 + max(1, 0.5)"), calculator("0.1 + 0.2")
    ('1025', '0.3')
    """
    if len(expression) > MAX_EXPRESSION:
        raise ToolError(f"an expression has at most {MAX_EXPRESSION:,} characters; compute it in parts")
    try:
        return _written(_value(ast.parse(expression.strip(), mode="eval").body))
    except (SyntaxError, MemoryError, RecursionError) as error:
        message = f"this is no arithmetic expression: {getattr(error, 'msg', 'it is nested too deeply')}"
        raise ToolError(message) from None
    except (ArithmeticError, ValueError, TypeError) as error:
        raise ToolError(f"this cannot be computed: {error}") from None


def _value(node: ast.expr) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _bounded(number)
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(op=ast.BitXor()):
            raise ToolError("'^' is no power here; write **")
        case ast.BinOp(left=left, op=sign, right=right):
            return _combined(sign, _value(left), _value(right))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return _bounded(_FUNCTIONS[name](*[_value(argument) for argument in arguments]))
        case _:
            raise ToolError(f"{ast.unparse(node)[:60]!r} is no arithmetic: there are numbers, operators and functions")


def _combined(sign: ast.operator, left: Value, right: Value) -> Value:
    if isinstance(left, int) and isinstance(right, int):
        if isinstance(sign, ast.Pow) and left not in {-1, 0, 1}:
            _allow(left.bit_length() * right)
        if isinstance(sign, ast.Mult):
            _allow(left.bit_length() + right.bit_length())
    return _bounded(_computed(sign, left, right))


def _computed(sign: ast.operator, left: Value, right: Value) -> Any:  # noqa: ANN401 - the root of a negative number is complex
    match sign:
        case ast.Add():
            result = left + right
        case ast.Sub():
            result = left - right
        case ast.Mult():
            result = left * right
        case ast.Div():
            result = left / right
        case ast.FloorDiv():
            result = left // right
        case ast.Mod():
            result = left % right
        case ast.Pow():
            result = left**right
        case _:
            raise ToolError("that is no operator here; there are + - * / // % **")
    return result


def _bounded(value: Any) -> Value:  # noqa: ANN401 - see above
    if isinstance(value, int):
        _allow(value.bit_length())
    elif isinstance(value, complex) or not math.isfinite(value):
        raise ArithmeticError("the result is no finite real number")
    return value


def _allow(bits: int) -> None:
    if bits > MAX_BITS:
        raise OverflowError("numbers here have at most 3,000 digits")


def _written(value: Value) -> str:
    return str(value) if isinstance(value, int) else f"{value:.15g}"  # the digits beyond are noise


def _factorial(number: int) -> int:
    return math.factorial(_modest(number))


def _round(number: Value, digits: int = 0) -> Value:
    return round(number, _modest(digits))


def _modest(argument: int) -> int:
    if abs(argument) > MAX_ARGUMENT:
        raise OverflowError(f"{argument} is too large here; {MAX_ARGUMENT:,} is the most")
    return argument


_NAMES = {"pi": math.pi, "e": math.e, "tau": math.tau}
_PLAIN = "acos asin atan atan2 ceil cos degrees exp floor gcd hypot log log10 log2 radians sin sqrt tan trunc"
_ADAPTED = {"abs": abs, "factorial": _factorial, "max": max, "min": min, "round": _round}
_FUNCTIONS: dict[str, Any] = {name: getattr(math, name) for name in _PLAIN.split()} | _ADAPTED
