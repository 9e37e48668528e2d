"""Starting a sandbox: its command line, its port, its end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request

HANG_SECONDS = 60


def arguments(name: str, *, port: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {name}")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=port, help="0 takes a free one")
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("DATA_DIR", ".data")), metavar="DIR"
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="end when standard input is closed"
    )
    return parser


def serve(options: argparse.Namespace, app: Callable[[str], Starlette]) -> int:
    """Serve until SIGINT or SIGTERM; the app is made for the address that it really got."""
    try:
        listener = socket.create_server((options.host, options.port), backlog=2048)
    except OSError as problem:
        sys.stderr.write(f"can't listen on {options.host}:{options.port}: {problem.strerror}\n")
        return 1
    address = f"http://{options.host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        app(address), log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(server, listener, with_parent=options.with_parent))
    return 0


async def _serve(server: uvicorn.Server, listener: socket.socket, *, with_parent: bool) -> None:
    if with_parent:
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _on_input, server)
    await server.serve(sockets=[listener])


def _on_input(server: uvicorn.Server) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        server.should_exit = True


@contextlib.asynccontextmanager
async def background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run `work` beside the server, and stop it with the server."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def hang(request: Request) -> None:
    """Say nothing until the client has gone, or for a minute; others aren't held up."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HANG_SECONDS):
            while (await request.receive())["type"] != "http.disconnect":
                pass
