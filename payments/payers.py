"""Where whoever pays is, read from the request: at a phone, or beside one."""

from __future__ import annotations

import re

from django.http import HttpRequest

from payments.gateways.base import Scene
from payments.services import PayerAt
from users.addresses import client_address

_PHONE = re.compile(r"Mobi|Android|iPhone|HarmonyOS", re.IGNORECASE)
_INSIDE_WECHAT = "MicroMessenger"


def payer_at(request: HttpRequest, *, gateway: str) -> PayerAt:
    """A phone opens the app; at a computer a code is shown, or the gateway's page if asked for.

    Inside WeChat its own H5 address doesn't open: there the code is pressed long.
    """
    agent = request.headers.get("User-Agent", "")
    if request.POST.get("scene") == Scene.PAGE:
        scene = Scene.PAGE
    elif _PHONE.search(agent) and not (gateway == "wechat" and _INSIDE_WECHAT in agent):
        scene = Scene.PHONE
    else:
        scene = Scene.CODE
    return PayerAt(scene, client_address(request) or "127.0.0.1")
