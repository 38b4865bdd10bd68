"""Signatures, by the vectors of platforms and of Project Wycheproof."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from channels.errors import InvalidSignature
from channels.webhook import check_hmac
from tests.channels.adapter import Adapter, request
from tests.channels.adapters import ADAPTERS
from tests.shared import shared_path

SCHEMES = {
    name: [one for one in ADAPTERS if one.scheme == name]
    for name in {one.scheme for one in ADAPTERS if one.scheme is not None}
}


def admits(adapter: Adapter, *, secret: str, body: bytes, claim: str | None) -> bool:
    """Whether the adapter lets a body in; settings that it refuses let nobody in."""
    assert adapter.header is not None
    headers = {} if claim is None else {adapter.header: claim}
    try:
        adapter.make(**{adapter.rotated: secret}).verify(request(body, **headers))
    except (InvalidSignature, ValidationError):
        return False
    return True


def test_a_published_signature_is_misjudged() -> None:
    vectors = json.loads(
        shared_path("fixtures/common/signature_vectors.composed.json").read_bytes()
    )
    cases = [
        (adapter, case)
        for name in SCHEMES
        for adapter in SCHEMES[name]
        for case in vectors[name]
        if "body" in case
    ]

    for adapter, case in cases:
        found = admits(
            adapter, secret=case["secret"], body=case.get("body", "").encode(), claim=case["value"]
        )
        assert case["ok"] in {None, found}, case


def test_a_hostile_signature_is_misjudged() -> None:
    items = json.loads(shared_path("badinput/own/signatures.json").read_bytes())["items"]
    cases = [(adapter, case) for case in items for adapter in SCHEMES.get(case["scheme"], ())]
    assert len(cases) > 20

    for adapter, case in cases:
        found = admits(
            adapter,
            secret=base64.b64decode(case["secret_b64"]).decode(),
            body=base64.b64decode(case["body_b64"]),
            claim=case["header"],
        )
        assert found == case["valid"], case["header"]


@pytest.mark.parametrize(
    "encode", [lambda digest: digest.hex().encode(), base64.b64encode], ids=["hex", "base64"]
)
def test_a_wycheproof_tag_is_misjudged(encode: Callable[[bytes], bytes]) -> None:
    items = json.loads(shared_path("badinput/fetched/wycheproof_hmac_sha256.json").read_bytes())[
        "items"
    ]

    for case in items:
        claim = encode(bytes.fromhex(case["tag"])).decode()
        expected = case["result"] == "valid" and case["tagSize"] == 256
        assert _admits_tag(case, claim, encode) == expected, case["comment"]


def _admits_tag(case: dict[str, Any], claim: str, encode: Callable[[bytes], bytes]) -> bool:
    try:
        check_hmac(
            request(bytes.fromhex(case["msg"]), tag=claim),
            header="tag",
            secrets=(bytes.fromhex(case["key"]),),
            encode=encode,
            channel="test",
        )
    except InvalidSignature:
        return False
    return True
