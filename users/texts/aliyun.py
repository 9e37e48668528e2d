"""Alibaba Cloud SMS: `SendSms` of Dysmsapi 2017-05-25, signed with ACS3-HMAC-SHA256 (signature V3).

help.aliyun.com/document_detail/55284.html (SendSms) and
alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature. The operation
isn't idempotent: an answer that didn't come is never asked for again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from django.conf import settings

from outbound.http import Answer, NoAnswer, call
from outbound.limits import NotSent
from users.texts.backend import TextMessage, TextNotSent

ACTION = "SendSms"
VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()
# Said before anything was sent: the same request may be made again.
_MAY_PASS = ("Throttling", "ServiceUnavailable", "isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR")
_MAX_CODE = 80


class AliyunTexts:
    """Settings: ALIYUN_SMS (access key, the sign and the template with `code`), ALIYUN_SMS_URL."""

    def send(self, message: TextMessage) -> str:
        account = settings.ALIYUN_SMS
        query = {
            "PhoneNumbers": message.phone,
            "SignName": account["sign_name"],
            "TemplateCode": account["template_code"],
            "TemplateParam": json.dumps({"code": message.code}),
        }
        host = urlsplit(settings.ALIYUN_SMS_URL).netloc
        headers = signed_headers(
            query,
            host=host,
            action=ACTION,
            version=VERSION,
            key_id=account["access_key_id"],
            key_secret=account["access_key_secret"],
            date=datetime.now(UTC),
            nonce=secrets.token_hex(16),
        )
        try:
            answer = call(
                "POST",
                f"{settings.ALIYUN_SMS_URL}/?{canonical_query(query)}",
                headers=headers,
                connect_timeout_seconds=3,
                read_timeout_seconds=5,
            )
        except NotSent as held_back:  # first: Unreachable is a NoAnswer, too
            raise TextNotSent(held_back.code, may_retry=True) from None
        except NoAnswer as silence:
            raise TextNotSent(silence.code, may_retry=False) from None
        return _receipt(answer)


def signed_headers(
    query: Mapping[str, str],
    *,
    host: str,
    action: str,
    version: str,
    key_id: str,
    key_secret: str,
    date: datetime,
    nonce: str,
) -> dict[str, str]:
    """The headers of a POST without a body to "/", as the documentation signs them."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": _EMPTY_HASH,
        "x-acs-date": date.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    canonical = "\n".join(["POST", "/", canonical_query(query), lines, names, _EMPTY_HASH])
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    said = f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
    return {**headers, "Authorization": said}


def canonical_query(query: Mapping[str, str]) -> str:
    """RFC 3986 in the order of the names."""
    return "&".join(f"{_encoded(name)}={_encoded(query[name])}" for name in sorted(query))


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _receipt(answer: Answer) -> str:
    """BizId of an accepted message; anything else raises TextNotSent."""
    try:
        said = json.loads(answer.body)
        code = str(said["Code"])
    except (ValueError, KeyError, TypeError):
        # Garbage, or a gateway's page: it may have been sent.
        raise TextNotSent(f"http_{answer.status}", may_retry=False) from None
    if code != "OK":
        raise TextNotSent(code[:_MAX_CODE], may_retry=code.startswith(_MAY_PASS))
    return str(said.get("BizId", ""))[:_MAX_CODE]
