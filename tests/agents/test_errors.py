"""Every provider's failures, in our words."""

from __future__ import annotations

import email.utils
import time
from typing import Any

import pytest

from strands_nb.agents._errors import provider_error, retry_after
from strands_nb.errors import ProviderError


def http(package: str, status: int, headers: dict[str, str] | None = None) -> Exception:
    """The exception that package's client raises for this answer of the service."""
    if package == "httpx":
        import httpx

        request = httpx.Request("POST", "http://service/")
        return httpx.HTTPStatusError("no", request=request, response=httpx.Response(status, headers=headers or {}))
    if package in ("openai", "anthropic"):
        module = pytest.importorskip(package)
        import httpx

        response = httpx.Response(status, headers=headers or {}, request=httpx.Request("POST", "http://service/"))
        return module.APIStatusError("no", response=response, body=None)
    if package == "ollama":
        return pytest.importorskip("ollama").ResponseError("no", status)
    if package == "gemini":
        return pytest.importorskip("google.genai").errors.APIError(status, {"error": {"message": "no"}})
    assert package == "botocore"
    return aws("SomethingElse", status, headers)


def aws(code: str, status: int = 400, headers: dict[str, str] | None = None) -> Exception:
    from botocore.exceptions import ClientError

    meta = {"HTTPStatusCode": status, "HTTPHeaders": headers or {}}
    return ClientError({"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": meta}, "ConverseStream")


PACKAGES = ["openai", "anthropic", "httpx", "ollama", "gemini", "botocore"]


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (401, False), (403, False), (404, False), (408, True), (422, False), (429, True), (500, True),
     (502, True), (503, True), (504, True), (529, True)],
)  # fmt: skip
def test_a_status_means_the_same_with_every_client(package: str, status: int, *, retryable: bool):
    assert provider_error(http(package, status), model="m").retryable is retryable


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "ServiceUnavailableException", "ModelNotReadyException", "ModelTimeoutException"],
)
def test_aws_tells_by_a_code_what_others_tell_by_status(code: str):
    assert provider_error(aws(code), model="m").retryable


def transport() -> list[Any]:
    import botocore.exceptions as aws_errors
    import httpx

    found: list[Any] = [
        TimeoutError("slow"),
        ConnectionError("refused"),
        ConnectionResetError("gone"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("peer closed connection"),
        aws_errors.ReadTimeoutError(endpoint_url="x"),
        aws_errors.EndpointConnectionError(endpoint_url="x"),
        aws_errors.ConnectionClosedError(endpoint_url="x"),
    ]
    return found


@pytest.mark.parametrize("error", transport(), ids=lambda error: type(error).__name__)
def test_failures_on_the_way_may_be_tried_again(error: Exception):
    assert provider_error(error, model="m").retryable


@pytest.mark.parametrize("package", ["openai", "anthropic"])
@pytest.mark.parametrize("name", ["APIConnectionError", "APITimeoutError"])
def test_so_may_those_the_clients_wrap(package: str, name: str):
    import httpx

    error = getattr(pytest.importorskip(package), name)(request=httpx.Request("POST", "http://service/"))
    assert provider_error(error, model="m").retryable


def test_the_cause_counts_where_the_sdk_hides_it():
    from strands.types.exceptions import EventLoopException, ModelThrottledException

    throttled = ModelThrottledException("slow down")
    throttled.__cause__ = http("httpx", 429, {"Retry-After": "7"})
    wrapped = EventLoopException(throttled)
    error = provider_error(wrapped, model="m")
    assert (error.retryable, error.retry_after) == (True, 7.0)


def test_a_prompt_that_is_too_long_stays_too_long():
    from strands.types.exceptions import ContextWindowOverflowException

    error = ContextWindowOverflowException("too long")
    error.__cause__ = http("httpx", 500)
    found = provider_error(error, model="m")
    assert not found.retryable
    assert "context window" in str(found)


def test_a_programming_error_is_not_tried_again():
    assert not provider_error(TypeError("oops"), model="m").retryable


def test_refused_credentials_say_so():
    assert "check the key" in str(provider_error(http("httpx", 401), model="openai:x"))


@pytest.mark.parametrize("package", ["openai", "anthropic", "httpx", "botocore"])
def test_the_wait_is_read_as_seconds(package: str):
    header = {"retry-after" if package == "botocore" else "Retry-After": "12"}
    assert provider_error(http(package, 429, header), model="m").retry_after == 12.0


def test_the_wait_is_read_as_a_date():
    now = time.time()
    date = email.utils.formatdate(now + 30, usegmt=True)
    assert retry_after(http("httpx", 503, {"Retry-After": date}), now=now) == pytest.approx(30, abs=1)


def test_a_date_in_the_past_means_at_once():
    date = email.utils.formatdate(time.time() - 30, usegmt=True)
    assert retry_after(http("httpx", 503, {"Retry-After": date})) == 0


def test_milliseconds_are_more_precise():
    assert retry_after(http("httpx", 429, {"retry-after-ms": "250", "retry-after": "1"})) == 0.25


@pytest.mark.parametrize("text", ["", "soon", "-3", "inf", "nan"])
def test_nonsense_is_no_wait(text: str):
    assert retry_after(http("httpx", 429, {"Retry-After": text})) is None


def test_our_own_error_stays_as_it_is_and_learns_its_step():
    error = ProviderError("x", retryable=True)
    assert provider_error(error, model="m", key="steps/1") is error
    assert error.key == "steps/1"
