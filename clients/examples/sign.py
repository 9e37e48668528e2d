# Python 3.8 or newer, nothing else.
from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sys
import time
import urllib.error
import urllib.request


def sign(secret: str, method: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    digest = hashlib.sha256(body).hexdigest()
    text = "\n".join([method, path, timestamp, nonce, digest])
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def call(method: str, path: str, body: bytes = b"") -> tuple[int, str]:
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    secret = os.environ["KAMENG_SECRET"]
    request = urllib.request.Request(
        os.environ["KAMENG_URL"] + path,
        data=body or None,
        method=method,
        headers={
            "Content-Type": "application/json",
            "X-Api-Key": os.environ["KAMENG_KEY"],
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": sign(secret, method, path, timestamp, nonce, body),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as problem:
        return problem.code, problem.read().decode()


if sys.argv[1] == "sign":  # sign SECRET METHOD PATH TIMESTAMP NONCE BODY
    secret, method, path, timestamp, nonce, body_text = sys.argv[2:]
    print(sign(secret, method, path, timestamp, nonce, body_text.encode()))
else:  # call METHOD PATH [BODY]
    status, answer_text = call(sys.argv[2], sys.argv[3], "".join(sys.argv[4:]).encode())
    print(status)
    print(answer_text)
