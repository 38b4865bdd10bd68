"""The answers with which Graph and LINE refuse a call.

Codes: Graph API "Error handling", Messenger "Error codes", LINE "Messaging API reference".
"""

from collections.abc import Mapping

Json = dict[str, object]


class Refused(Exception):
    """The platform refuses the call.

    *rule* names what we broke and becomes a violation; None means that nobody is to blame.
    """

    def __init__(
        self,
        status: int,
        body: Json,
        *,
        rule: str | None = None,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or rule or str(status))
        self.status = status
        self.body = body
        self.rule = rule
        self.detail = detail
        self.headers = dict(headers or {})


def graph_refused(
    code: int,
    message: str,
    *,
    subcode: int | None = None,
    status: int = 400,
    rule: str | None = None,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
) -> Refused:
    """A Graph API error; *code* and *subcode* are what a client should look at."""
    error: Json = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    if status >= 500:
        error["is_transient"] = True
    error["fbtrace_id"] = "AsimulatedTrace"
    return Refused(status, {"error": error}, rule=rule, detail=detail or message, headers=headers)


def line_refused(
    status: int,
    message: str,
    *,
    rule: str | None = None,
    detail: str = "",
    details: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Refused:
    """A LINE Messaging API error."""
    body: Json = {"message": message}
    if details:
        body["details"] = details
    return Refused(status, body, rule=rule, detail=detail or message, headers=headers)


LINE_UNAUTHORIZED = (
    "Authentication failed due to the following reason: invalid token. "
    "Confirm that the access token in the authorization header is valid."
)
