"""What goes wrong, told to programs.

https://www.rfc-editor.org/rfc/rfc9457
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of problem: its HTTP *status* and its *title*."""

    status: int
    title: str


# By the name that its type ends with; what to do about each is in the words.
KINDS: Mapping[str, Kind] = {
    "no-token": Kind(status=401, title="No token was sent"),
    "wrong-token": Kind(status=401, title="The token opens nothing"),
    "missing-scope": Kind(status=403, title="The token may not read this"),
    "not-found": Kind(status=404, title="There is no such address"),
    "wrong-method": Kind(status=405, title="The address is only read"),
    "wrong-filter": Kind(status=422, title="A filter means nothing"),
    "wrong-cursor": Kind(status=422, title="The cursor belongs to another question"),
    "too-many-rows": Kind(status=422, title="A workbook does not hold so many rows"),
    "too-many-requests": Kind(status=429, title="The token has asked too often"),
    "unavailable": Kind(status=503, title="The database does not answer"),
}


class Problem(Exception):
    """Something is wrong with a request; *kind* is one of KINDS, *detail* says what to do."""

    def __init__(self, kind: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind].status

    def response(self) -> web.Response:
        """Tell it."""
        kind = KINDS[self.kind]
        told = {
            "type": f"/api#{self.kind}",
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail,
        }
        return web.Response(
            body=json.dumps(told, ensure_ascii=False).encode(),
            status=kind.status,
            content_type="application/problem+json",
            headers=self.headers,
        )
