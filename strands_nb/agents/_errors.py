"""What a provider's exception means: whether to try again, and when.

The SDKs share no base class, so the look is by shape: an HTTP status wherever each of them keeps it, a
`Retry-After` header wherever a response hangs, and the class names of the transport errors. No provider package is
imported for it.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

from strands_nb.errors import ProviderError

__all__ = ("provider_error", "retry_after", "status_of")

_RETRYABLE_STATUS = frozenset({408, 409, 425, 429})
_AUTH_STATUS = frozenset({401, 403})
_FIRST_SERVER_ERROR = 500

_TRANSPORT = frozenset({
    "APIConnectionError", "APITimeoutError", "TimeoutException", "TransportError", "HTTPClientError",
    "ConnectionError", "TimeoutError", "NoResponseError", "ModelThrottledException", "EventStreamError",
    "ResponseStreamingError",
})  # fmt: skip
"""Class names, anywhere in the MRO, of failures on the way: openai, anthropic, httpx, botocore, mistral, the SDK."""

_AWS_RETRYABLE = frozenset({
    "ThrottlingException", "throttlingException", "Throttling", "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "ServiceUnavailableException", "serviceUnavailableException", "InternalServerException", "internalServerException",
    "ModelNotReadyException", "ModelTimeoutException", "modelTimeoutException", "ModelErrorException",
    "modelStreamErrorException", "ModelStreamErrorException", "SlowDown", "RequestTimeout", "RequestLimitExceeded",
})  # fmt: skip


def provider_error(error: BaseException, *, model: str, key: str | None = None) -> ProviderError:
    """The same failure in our words.

    Retryable are time-outs, lost connections, throttling (429) and server errors (5xx, so 529 too), whichever
    package they come from; every other refusal is final, because asking again would be refused again.

    >>> provider_error(TimeoutError("slow"), model="openai:x").retryable
    True
    >>> provider_error(ValueError("bad request"), model="openai:x").retryable
    False
    """
    if isinstance(error, ProviderError):
        error.key = error.key or key
        return error
    causes = list(_chain(error))
    return ProviderError(
        _message(causes, model),
        key=key,
        retryable=_retryable(causes),
        retry_after=next((wait for e in causes if (wait := retry_after(e)) is not None), None),
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it wraps, and what those wrap; the SDK hides the provider's exception in its own."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = getattr(error, "original_exception", None) or error.__cause__ or error.__context__


def _retryable(causes: list[BaseException]) -> bool:
    if any(type(e).__name__ == "ContextWindowOverflowException" for e in causes):
        return False
    if any(_aws_code(e) in _AWS_RETRYABLE for e in causes):
        return True
    status = next((s for e in causes if (s := status_of(e))), None)
    if status is not None:
        return status in _RETRYABLE_STATUS or status >= _FIRST_SERVER_ERROR
    return any(base.__name__ in _TRANSPORT for e in causes for base in type(e).__mro__)


def status_of(error: BaseException) -> int | None:
    """The HTTP status an exception carries, or None."""
    response = getattr(error, "response", None)
    places = [
        getattr(error, "status_code", None),
        getattr(response, "status_code", None),
        cast("Mapping[str, Any]", response).get("ResponseMetadata", {}).get("HTTPStatusCode")
        if isinstance(response, Mapping)
        else None,
        getattr(error, "code", None),
    ]
    return next((p for p in places if isinstance(p, int) and 100 <= p < 600), None)  # noqa: PLR2004 - HTTP's range


def retry_after(error: BaseException, *, now: float | None = None) -> float | None:
    """Seconds the service asked to wait (`Retry-After` as seconds or as an HTTP date), or None.

    A date in the past means "at once", so it gives 0.
    """
    headers = _headers(error)
    if (text := headers.get("retry-after-ms")) and (milliseconds := _number(text)) is not None:
        return milliseconds / 1000
    if not (text := headers.get("retry-after")):
        return None
    seconds = _number(text)
    return seconds if seconds is not None else _until(text, time.time() if now is None else now)


def _headers(error: BaseException) -> dict[str, str]:
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        found: Any = cast("Mapping[str, Any]", response).get("ResponseMetadata", {}).get("HTTPHeaders")
    else:
        found = getattr(response, "headers", None) or getattr(error, "headers", None)
    try:
        return {str(name).lower(): str(value) for name, value in dict(found or {}).items()}
    except (TypeError, ValueError):
        return {}


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _until(date: str, now: float) -> float | None:
    try:
        return max(0.0, email.utils.parsedate_to_datetime(date).timestamp() - now)
    except (TypeError, ValueError):
        return None


def _aws_code(error: BaseException) -> str | None:
    response = getattr(error, "response", None)
    if not isinstance(response, Mapping):
        return None
    return cast("Mapping[str, Any]", response).get("Error", {}).get("Code")


def _message(causes: list[BaseException], model: str) -> str:
    error = causes[0]
    status = next((s for e in causes if (s := status_of(e))), None)
    text = str(error).strip() or type(error).__name__
    if any(type(e).__name__ == "ContextWindowOverflowException" for e in causes):
        return f"{model}: prompt and history are longer than the model's context window; shorten them ({text})"
    if status in _AUTH_STATUS:
        return f"{model}: the service refused the credentials (HTTP {status}); check the key ({text})"
    kind = f"HTTP {status}" if status else type(error).__name__
    return f"{model}: {kind}: {text}"
