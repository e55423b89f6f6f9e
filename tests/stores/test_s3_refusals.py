"""What S3 refuses, what is refused of it, and how it is said: what, where, what to do, and no secret."""

from __future__ import annotations

import importlib.util
import logging
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.errors import CapabilityError, SessionError, SessionNotFoundError, StorageError
from strands_nb.stores import S3SessionRepository
from tests.engine.support import PATIENCE, HeldAgents, begin, steps
from tests.stores.s3 import BUCKET, ENVIRONMENT, always
from tests.stores.support import put, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stores.s3 import Server

BIG = "tide " * 20_000


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a" * 65, "a.owner", "a\nb"])
def test_an_odd_session_id_is_refused(s3: Server, name: str) -> None:
    store = s3.store()
    for work in (store.read(name), store.claim(name), store.delete(name)):
        with pytest.raises(SessionNotFoundError, match="no session id"):
            run(work)


def test_without_boto3_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    find: Callable[[str], None] = lambda _: None  # noqa: E731 - typed
    monkeypatch.setattr(importlib.util, "find_spec", find)
    with pytest.raises(CapabilityError, match=r'pip install "strands-nb\[s3\]"'):
        S3SessionRepository("bucket")


def everything_said(error: BaseException, caplog: pytest.LogCaptureFixture) -> str:
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("strands_nb")]
    return "".join([*traceback.format_exception(error), *logged])


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


REFUSALS = {
    "403 AccessDenied": "access is denied",
    "404 NoSuchBucket": "there is no such bucket.*create it",
    "403 InvalidAccessKeyId": "credentials are not valid",
    "403 SignatureDoesNotMatch": "credentials are not valid",
    "400 ExpiredToken": "credentials have expired",
    "501 NotImplemented": "conditional writes",
    "500 InternalError": "see that it can be reached",
    "lost": "see that it can be reached",
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_says_what_where_and_what_to_do_and_no_secret(
    s3: Server, environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG, "strands_nb")
    store = S3SessionRepository(BUCKET, "p", endpoint_url=s3.url)
    work: list[Callable[[], Any]] = [
        lambda: store.read("s"),
        lambda: store.claim("s"),
        lambda: store.delete("s"),
        store.list,
    ]
    with s3.failing(always(fault)):
        for each in work:
            with pytest.raises(SessionError, match=REFUSALS[fault]) as caught:
                run(each())
            assert repr(BUCKET) in str(caught.value)
            said = everything_said(caught.value, caplog)
            assert not any(secret in said for secret in (s3.url, "127.0.0.1", *list(ENVIRONMENT.values())[:2]))


def test_a_bucket_that_is_not_there_is_named(s3: Server) -> None:
    store = S3SessionRepository("nowhere", client=s3.client)
    with pytest.raises(SessionError, match=r"'nowhere': .*there is no such bucket \(NoSuchBucket\); create it"):
        run(store.claim("s"))


def test_without_credentials_it_is_said_where_they_are_looked_for(
    s3: Server, environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.delenv("AWS_SECRET_ACCESS_KEY")
    store = S3SessionRepository(BUCKET, endpoint_url=s3.url)
    with pytest.raises(SessionError, match=r"there are no credentials .*; set AWS_ACCESS_KEY_ID") as caught:
        run(store.claim("s"))
    assert s3.url not in everything_said(caught.value, caplog)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("AWS_PROFILE", "nobody", "no such AWS profile"), ("AWS_ENDPOINT_URL_S3", "no url", "check endpoint_url")],
)
def test_a_wrong_configuration_is_said(environment: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SessionError, match=said) as caught:
        run(S3SessionRepository(BUCKET).list())
    assert value not in "".join(traceback.format_exception(caught.value))


def test_an_endpoint_that_nobody_answers_at_is_not_named(environment: pytest.MonkeyPatch) -> None:
    store = S3SessionRepository(BUCKET, endpoint_url="http://127.0.0.1:9")
    with pytest.raises(SessionError, match="see that it can be reached") as caught:
        run(store.claim("s"))
    assert "127.0.0.1" not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_ignores_conditions_is_refused_before_anything_is_written(s3: Server) -> None:
    store = s3.store()
    with s3.failing(always("ignored")), pytest.raises(SessionError, match="ignores If-None-Match"):
        run(store.claim("s"))
    assert s3.keys(f"{store.prefix}s/") == []


def test_an_endpoint_or_a_secret_is_in_no_object(s3: Server, environment: pytest.MonkeyPatch) -> None:
    store = S3SessionRepository(BUCKET, s3.prefix(), endpoint_url=s3.url)
    run(put(store, ["a", BIG]))
    stored = b"".join(s3.body(store.prefix + key) for key in s3.keys(store.prefix))
    assert not any(secret.encode() in stored for secret in (s3.url, *list(ENVIRONMENT.values())[:2]))
    assert s3.url not in repr(store)


def test_a_run_whose_bucket_begins_to_refuse_pauses_and_goes_on_when_it_does_no_more(s3: Server) -> None:
    agents = HeldAgents("steps/1")
    run_ = begin(steps("x", "y", "z"), agents, store=s3.store())
    agents.await_call("steps/1")
    with s3.failing(always("403 AccessDenied", "PUT")):
        agents.let_go("steps/1")
        result = run_.result(PATIENCE)
    assert (result.status, run_.status) == ("paused", "paused")
    assert isinstance(result.failure, StorageError)
    assert "access is denied" in str(result.error_message)
    assert run_.resume().result(PATIENCE).success
    assert agents.keys[:2] == ["steps/0", "steps/1"]
    assert agents.keys.count("steps/0") == 1
