"""The demo accounts at the sandbox's Alipay and WeChat Pay, and the keys of both sides.

Made on this machine when they are first needed, by whichever process is first: they open nothing
but this sandbox.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

PATHS = {"alipay": "/alipay/gateway.do", "wechat": "/wechat"}
APP_ID, SELLER_ID = "2021000000000001", "2088000000000001"
WECHAT_APP_ID, MERCHANT_ID = "wx0000000000000001", "1900000109"
CERTIFICATE_SERIAL = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092026112400000000000001"
PAIRS = ("alipay", "alipay_merchant", "wechat", "wechat_merchant")


def account(code: str, path: Path) -> dict[str, str]:
    """What the merchant has of its account at this gateway."""
    known = keys_at(path)
    if code == "alipay":
        return {
            "app_id": APP_ID,
            "seller_id": SELLER_ID,
            "private_key": known["alipay_merchant"],
            "public_key": public_pem(known["alipay"]),
        }
    return {
        "app_id": WECHAT_APP_ID,
        "merchant_id": MERCHANT_ID,
        "certificate_serial": CERTIFICATE_SERIAL,
        "private_key": known["wechat_merchant"],
        "public_key_id": PUBLIC_KEY_ID,
        "public_key": public_pem(known["wechat"]),
        "api_key": known["wechat_api_key"],
    }


@lru_cache(maxsize=8)
def keys_at(path: Path) -> Mapping[str, str]:
    """Private keys (PEM) by name, and WeChat's key for notices; made if there are none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = {name: _new_pem() for name in PAIRS} | {"wechat_api_key": secrets.token_hex(16)}
        draft = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(0o600)
        draft.write_text(json.dumps(made), encoding="utf-8")
        try:
            os.link(draft, path)  # the first of two processes wins, and both read the same
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return known


@lru_cache(maxsize=16)
def private_key(pem: str) -> rsa.RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def public_pem(pem: str) -> str:
    public = private_key(pem).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(pem: str, text: bytes) -> bytes:
    return private_key(pem).sign(text, PKCS1v15(), SHA256())


def _new_pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
