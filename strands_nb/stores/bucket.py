"""The few requests a store makes of S3, with answers that can be acted on: written, there already, changed, failed.

boto3 is imported when the first request is made: it takes a while, and whoever keeps no sessions in S3 may lack it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast

from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from strands_nb.errors import SessionError, StorageError

__all__ = ("Bucket", "Page", "Stored", "client_for", "until_clear")

_ATTEMPTS: Final = 3
"""Of each request, by botocore's standard mode: broken connections, timeouts, throttling and 5xx are tried again."""
_BATCH: Final = 1000
"""Objects that S3 deletes in one request."""
_SERVER_ERROR: Final = 500
_KEYS: Final = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where a role gives them"
_CAUSES: Final[Mapping[str, tuple[str, str]]] = {
    "NoSuchBucket": ("there is no such bucket", "create it, or correct its name"),
    "AccessDenied": ("access is denied", "allow s3:ListBucket of it, and s3:GetObject, PutObject, DeleteObject in it"),
    "AuthorizationHeaderMalformed": ("it is in another region", "pass its region"),
    "PermanentRedirect": ("it is in another region", "pass its region"),
    "NotImplemented": ("this server does not know conditional writes", "use one that does: nothing is safe without"),
    "ExpiredToken": ("the credentials have expired", "renew them, and resume"),
    "InvalidAccessKeyId": ("the credentials are not valid", _KEYS),
    "SignatureDoesNotMatch": ("the credentials are not valid", _KEYS),
    "NoCredentialsError": ("there are no credentials", _KEYS),
    "PartialCredentialsError": ("the credentials are incomplete", _KEYS),
    "ProfileNotFound": ("there is no such AWS profile", "correct AWS_PROFILE"),
    "ParamValidationError": ("that is no name of a bucket", "correct it"),
}
"""What error codes of S3 and error classes of botocore mean, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object: its bytes, the tag of this version of it, and how many seconds ago it was written."""

    body: bytes
    etag: str
    age: float


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to a listing: objects with the time of their last change, folders, and the server's own time."""

    objects: Sequence[tuple[str, datetime]]
    folders: Sequence[str]
    now: datetime


class _UnclearError(StorageError):
    """The request may have been carried out or not."""


until_clear = retry(
    retry=retry_if_exception_type(_UnclearError),
    stop=stop_after_attempt(3),
    wait=wait_exponential(0.1, max=2),
    reraise=True,
)
"""Makes a function that recognises what it has done already try again after an unclear outcome: a few times."""


def client_for(endpoint_url: str | None, region: str | None, connections: int) -> Any:  # noqa: ANN401 - boto3 is untyped
    """A client with timeouts and retries that are bounded; `connections` is how many threads use it at once."""
    from boto3.session import Session  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        connect_timeout=5,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        max_pool_connections=connections,
        request_checksum_calculation="when_required",  # records carry their own; not every server knows those of S3
        response_checksum_validation="when_required",
    )
    try:
        session: Any = Session()
        return session.client("s3", endpoint_url=endpoint_url, region_name=region, config=config)
    except Exception as error:  # noqa: BLE001 - botocore's have no common root, and name the endpoint
        cause, todo = _CAUSES.get(type(error).__name__, ("no client can be made", "check endpoint_url and region"))
        raise SessionError(f"S3: {cause} ({type(error).__name__}); {todo}") from None


class Bucket:
    """The objects of a bucket below a prefix. All calls block; what they raise is `StorageError`.

    Messages name the bucket, never the endpoint or anything of the credentials, which those of botocore may hold.
    """

    def __init__(self, client: Any, name: str, prefix: str) -> None:  # noqa: ANN401 - boto3 is untyped
        self._client, self.name, self._prefix = client, name, prefix
        self._heeds_conditions = False

    def get(self, key: str) -> Stored | None:
        """An object, or None where there is none."""
        try:
            answer = self._client.get_object(Bucket=self.name, Key=self._prefix + key)
            body = answer["Body"].read()
        except Exception as error:  # noqa: BLE001 - botocore's have no common root
            if _code(error) == "NoSuchKey":
                return None
            raise self._failed("read", key, error) from None
        return Stored(body, answer["ETag"], (_now(answer) - answer["LastModified"]).total_seconds())

    @until_clear
    def put(self, key: str, body: bytes) -> None:
        """Write an object, whether it is there or not."""
        self._put(key, body)

    def put_new(self, key: str, body: bytes) -> str | None:
        """Write an object that must not be there yet; returns its tag, or None where it is."""
        return self._put(key, body, IfNoneMatch="*")

    def put_over(self, key: str, body: bytes, etag: str) -> str | None:
        """Replace the version `etag` of an object; returns the new tag, or None where it is no longer that version."""
        return self._put(key, body, IfMatch=etag)

    @until_clear
    def put_once(self, key: str, body: bytes) -> bool:
        """Write an object that nobody else has written; False where somebody has.

        After a lost answer, the object that is there may be ours: then it holds these very bytes.
        """
        if self.put_new(key, body) is not None:
            return True
        there = self.get(key)
        return there is not None and there.body == body

    def refuse_careless(self, key: str, body: bytes) -> None:
        """Refuse a server that takes no notice of conditions; `key` holds `body`. Asked once.

        Raises:
            SessionError: two writers of one session would overwrite each other's records there.
        """
        if self._heeds_conditions:
            return
        if self.put_new(key, body) is not None or self.put_over(key, body, '"0"') is not None:
            message = "its server ignores If-None-Match or If-Match, without which two writers would spoil a session"
            raise SessionError(f"bucket {self.name!r} cannot hold sessions: {message}; use a server that heeds them")
        self._heeds_conditions = True

    def pages(self, folder: str, delimiter: str = "") -> Iterator[Page]:
        """What is below `folder`, in order of the names, up to 1,000 at a time."""
        asked: dict[str, Any] = {"Bucket": self.name, "Prefix": self._prefix + folder, "Delimiter": delimiter}
        cut = len(self._prefix)
        while True:
            try:
                answer = self._client.list_objects_v2(**asked)
            except Exception as error:  # noqa: BLE001 - botocore's have no common root
                raise self._failed("list", folder, error) from None
            yield Page(
                [(each["Key"][cut:], each["LastModified"].astimezone(UTC)) for each in answer.get("Contents", ())],
                [each["Prefix"][cut:] for each in answer.get("CommonPrefixes", ())],
                _now(answer),
            )
            if not answer.get("IsTruncated"):
                return
            asked["ContinuationToken"] = answer["NextContinuationToken"]

    def keys(self, folder: str) -> list[str]:
        """The names of all objects below `folder`, in order."""
        return [key for page in self.pages(folder) for key, _ in page.objects]

    def remove(self, keys: Sequence[str]) -> None:
        """Remove objects; fine if they are not there."""
        for first in range(0, len(keys), _BATCH):
            batch = keys[first : first + _BATCH]
            asked = {"Objects": [{"Key": self._prefix + key} for key in batch], "Quiet": True}
            try:
                answer = self._client.delete_objects(Bucket=self.name, Delete=asked)
            except Exception as error:  # noqa: BLE001 - botocore's have no common root
                raise self._failed("delete", batch[0], error) from None
            for refused in answer.get("Errors", ()):
                raise self._refused("delete", batch[0], refused["Code"])

    def _put(self, key: str, body: bytes, **condition: str) -> str | None:
        try:
            answer = self._client.put_object(Bucket=self.name, Key=self._prefix + key, Body=body, **condition)
        except Exception as error:  # noqa: BLE001 - botocore's have no common root
            if condition and _code(error) in {"PreconditionFailed", "NoSuchKey"}:
                return None
            raise self._failed("write", key, error) from None
        return answer["ETag"]

    def _failed(self, what: str, key: str, error: Exception) -> StorageError:
        status = _response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", _SERVER_ERROR)
        code = _code(error) or type(error).__name__
        unclear = code not in _CAUSES and (status >= _SERVER_ERROR or code == "ConditionalRequestConflict")
        return self._refused(what, key, code, _UnclearError if unclear else StorageError)

    def _refused(self, what: str, key: str, code: str, kind: type[StorageError] = StorageError) -> StorageError:
        cause, todo = _CAUSES.get(code, ("the request failed", "see that it can be reached, and resume"))
        message = f"bucket {self.name!r}: cannot {what} {self._prefix}{key}: {cause} ({code}); {todo}"
        return kind(message, session_id=key.partition("/")[0].partition(".")[0] or None)


def _code(error: Exception) -> str:
    """The code of an error that S3 answered with; empty where there was no answer."""
    return str(_response(error).get("Error", {}).get("Code", ""))


def _response(error: Exception) -> dict[str, Any]:
    """What S3 answered; empty where it did not."""
    response = getattr(error, "response", None)
    return cast("dict[str, Any]", response) if isinstance(response, dict) else {}


def _now(answer: Mapping[str, Any]) -> datetime:
    """The server's clock, which is the one that dates its objects: ours may be wrong."""
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(said) if said else datetime.now(UTC)
