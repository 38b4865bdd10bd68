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


def misbehaved(kind: str, *, line: bool, retry_after: float | None = None) -> Refused:
    """The refusal of a platform that is overloaded (429), broken (500) or says our token is bad."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return _line(kind, headers) if line else _graph(kind, headers)


def _line(kind: str, headers: dict[str, str]) -> Refused:
    if kind == "429":
        return line_refused(
            429, "The API rate limit has been exceeded. Try again later.", headers=headers
        )
    if kind == "unauthorized":
        return line_refused(401, LINE_UNAUTHORIZED)
    return line_refused(500, "Internal server error")


def _graph(kind: str, headers: dict[str, str]) -> Refused:
    if kind == "429":
        return graph_refused(
            613, "(#613) Calls to this api have exceeded the rate limit.", headers=headers
        )
    if kind == "unauthorized":
        message = "Error validating access token: Session has expired"
        return graph_refused(190, message, subcode=463, status=401)
    message = "An unexpected error has occurred. Please retry your request later."
    return graph_refused(2, message, status=500)


LINE_UNAUTHORIZED = (
    "Authentication failed due to the following reason: invalid token. "
    "Confirm that the access token in the authorization header is valid."
)
