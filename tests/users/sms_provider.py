"""A small twin of Alibaba Cloud's SMS service: checks the signature as documented, then answers.

Written from the documentation (signature V3, SendSms), not from our own adapter: it takes the
request apart as it came over the wire.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

KEY_ID, KEY_SECRET = "LTAI-test-key", "test-secret-of-the-key"
SIGN, TEMPLATE = "卡乐购", "SMS_15305"
BEHAVIOURS = {
    "0091": (200, {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "触发号码天级流控"}),
    "0092": (503, {"Code": "ServiceUnavailable", "Message": "try again"}),
    "0093": (502, "<html>bad gateway</html>"),
    "0094": (429, {"Code": "Throttling.User", "Message": "Request was denied"}),
}


class Provider:
    """What came in, by number; `url` to set as ALIYUN_SMS_URL."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.sent: list[tuple[str, str]] = []
        self.refused: list[str] = []
        self.calls = 0
        self.nonces: set[str] = set()


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_POST(self) -> None:
        self.provider.calls += 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        problem = self._problem(body)
        if problem:
            self.provider.refused.append(problem)
            self._answer(400 if problem != "Forbidden.Action" else 403, {"Code": problem})
            return
        said = dict(parse_qsl(urlsplit(self.path).query, strict_parsing=True))
        phone = said["PhoneNumbers"]
        if phone[-4:] in BEHAVIOURS:
            self._answer(*BEHAVIOURS[phone[-4:]])
        elif said["SignName"] != SIGN:
            self._answer(200, {"Code": "isv.SMS_SIGNATURE_ILLEGAL", "Message": "短信签名不合法"})
        elif said["TemplateCode"] != TEMPLATE:
            self._answer(200, {"Code": "isv.SMS_TEMPLATE_ILLEGAL", "Message": "短信模板不合法"})
        else:
            self.provider.sent.append((phone, json.loads(said["TemplateParam"])["code"]))
            self._answer(200, {"Code": "OK", "Message": "OK", "BizId": f"biz-{phone}^0"})

    def _problem(self, body: bytes) -> str:
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        said = dict(part.partition("=")[::2] for part in rest.split(","))
        if scheme != "ACS3-HMAC-SHA256" or said.get("Credential") != KEY_ID:
            return "InvalidAccessKeyId.NotFound"
        if self.headers.get("x-acs-action") != "SendSms":
            return "InvalidAction.NotFound"
        at = datetime.fromisoformat(self.headers["x-acs-date"])
        if abs(datetime.now(UTC) - at) > timedelta(minutes=15):
            return "InvalidTimeStamp.Expired"
        nonce = self.headers["x-acs-signature-nonce"]
        if nonce in self.provider.nonces:
            return "SignatureNonceUsed"
        digest = hashlib.sha256(body).hexdigest()
        names = said["SignedHeaders"].split(";")
        must = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-version"}
        if not must <= set(names) or self.headers["x-acs-content-sha256"] != digest:
            return "IncompleteSignature"
        parts = urlsplit(self.path)
        pairs = sorted(parse_qsl(parts.query, keep_blank_values=True))
        query = "&".join(f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in pairs)
        lines = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names)
        whole = "\n".join(["POST", parts.path, query, lines, said["SignedHeaders"], digest])
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(whole.encode()).hexdigest()
        right = hmac.new(KEY_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, said.get("Signature", "")):
            return "SignatureDoesNotMatch"
        self.provider.nonces.add(nonce)
        return ""

    def _answer(self, status: int, said: Any) -> None:
        text = said if isinstance(said, str) else json.dumps({"RequestId": "r-1", **said})
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def provider() -> Iterator[Provider]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    twin = Provider(server)
    server.RequestHandlerClass = type("Handler", (_Handler,), {"provider": twin})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield twin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
