"""What a test may set to go wrong with an answer, after the call has done its work."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from payments.sandbox.cashier import Cashier
from sandboxes.server import hang


async def faulty(cashier: Cashier, request: Request) -> Response | None:
    """The answer that comes instead of the true one (`api_fault`); None when nothing is wrong."""
    match cashier.record.setting("api_fault"):
        case "error_500":
            return Response(b"Internal Server Error", 500)
        case "garbage":
            return Response(b"<html>\xff 200 success")
        case "hang":
            await hang(request)
    return None
