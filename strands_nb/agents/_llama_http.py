"""An HTTP client that lets text from a llama.cpp server appear as it is made.

The SDK's class for these servers asks with a plain `post`, which returns when the whole answer is there. It then
reads that answer line by line, so a response that is still arriving serves it just as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ("LiveClient",)

_LAST_LINE = "data: [DONE]"


class LiveClient(httpx.AsyncClient):
    """An `AsyncClient` whose `post` returns as soon as the answer begins."""

    async def post(self, url: Any, *, json: Any = None, **_: Any) -> Any:  # noqa: ANN401 - as httpx has it
        """Send the request; an error is read to its end, so that its message can be shown."""
        response = await self.send(self.build_request("POST", url, json=json), stream=True)
        if response.is_error or not json.get("stream"):
            try:
                await response.aread()
            finally:
                await response.aclose()
            return response
        return _Arriving(response)


class _Arriving:
    """As much of a response as the SDK uses."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def raise_for_status(self) -> None:
        """Nothing to raise: errors never come here."""

    async def aiter_lines(self) -> AsyncGenerator[str, None]:
        try:
            async for line in self._response.aiter_lines():
                if line.startswith(_LAST_LINE):
                    # The SDK leaves at this line: the connection must be free before.
                    await self._response.aclose()
                yield line
        finally:
            await self._response.aclose()
