"""One POST to an address that somebody else gave us, and that must not reach inside.

The name is resolved once, every address it has is checked, and the connection goes to a checked
one: a name that changes its mind afterwards gains nothing. No redirects, no proxy, and limits on
all of it in total, so that a slow or endless answer can't hold a worker.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

import httpx

from outbound.http import NoAnswer

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_PRINTABLE = re.compile(r"[!-~]+", re.ASCII)
_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?", re.ASCII)
# All there is of the public internet in IPv6. Outside of it `is_global` also says yes to site-local
# addresses and to those that carry an IPv4 address: NAT64, IPv4-compatible, translated.
_PUBLIC_V6 = ipaddress.ip_network("2000::/3")
# What `is_global` takes for public all the same: 6to4 and its relays, documentation, protocols.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in ("2002::/16", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24")
)
_MOST_ADDRESSES_TRIED = 2
KEPT_BYTES = 2048


class AddressRefused(Exception):
    """Nothing was sent. `code` is `malformed`, `scheme` or `private`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Target:
    """An address, taken apart. `path_and_query` is what the request line will say."""

    scheme: str
    host: str
    port: int
    path_and_query: str
    allow_private: bool

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """`start` is the first KEPT_BYTES of the body; it may hold anything."""

    status: int
    start: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """`total_seconds` counts from the connection on, and holds also for an answer in drops."""

    connect_seconds: float
    total_seconds: float


_DEFAULT_PORTS = {"http": 80, "https": 443}


def parse(url: str, *, allow_private: bool) -> Target:
    """Take an address apart; refuse what could never be called. Resolves nothing.

    https only. `allow_private`, for development, also lets through http and the addresses of this
    machine and its network. Raises AddressRefused.
    """
    if not _PRINTABLE.fullmatch(url):
        raise AddressRefused("malformed")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused("malformed") from None
    if parts.scheme not in ({"https", "http"} if allow_private else {"https"}):
        raise AddressRefused("scheme")
    if "@" in parts.netloc or "#" in url or port == 0:
        raise AddressRefused("malformed")
    literal = _literal(host)
    if literal is None and not _NAME.fullmatch(host):
        raise AddressRefused("malformed")
    is_local_name = host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")
    if (literal and not _may_call(literal, allow_private)) or (is_local_name and not allow_private):
        raise AddressRefused("private")
    return Target(
        scheme=parts.scheme,
        host=host,
        port=port or _DEFAULT_PORTS[parts.scheme],
        path_and_query=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        allow_private=allow_private,
    )


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _may_call(address: IPAddress, allow_private: bool) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return _may_call(address.ipv4_mapped, allow_private)
        if address.scope_id:
            return False
    if _is_public(address):
        return True
    # Link-local stays shut even then: clouds hand out their machines' secrets there.
    is_shut = address.is_link_local or address.is_unspecified or address.is_reserved
    return allow_private and (address.is_loopback or (address.is_private and not is_shut))


def _is_public(address: IPAddress) -> bool:
    if address.version == 6 and address not in _PUBLIC_V6:
        return False
    is_special = any(address in network for network in _NOT_PUBLIC)
    return address.is_global and not address.is_multicast and not is_special


def post(target: Target, *, body: bytes, headers: Mapping[str, str], limits: Limits) -> Answer:
    """POST once and return the answer's status, and how its body begins.

    The status counts as soon as it is there, whatever becomes of the body. Raises AddressRefused
    before anything is sent, or NoAnswer.
    """
    watched = _Watched(_connect(_resolve(target), target.port, limits.connect_seconds))
    with _ending(watched, after_seconds=limits.total_seconds):
        try:
            if target.scheme == "https":
                watched.secure(target.host)
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = watched.socket
            connection.putrequest(
                "POST", target.path_and_query, skip_host=True, skip_accept_encoding=True
            )
            for name, value in {
                "Host": target.host_header,
                "Content-Length": str(len(body)),
                "Connection": "close",
                **headers,
            }.items():
                connection.putheader(name, value)
            # An answer may come, and its connection close, before all was sent: it counts.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.endheaders(body)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException):
            raise NoAnswer("timeout" if watched.was_ended else "broken") from None
        if watched.was_ended:  # cut off among its headers, which looks like their end
            raise NoAnswer("timeout")
        return Answer(response.status, _start_of(response))


def _start_of(response: http.client.HTTPResponse) -> bytes:
    start = bytearray()
    with suppress(OSError, ValueError, http.client.HTTPException):
        while len(start) < KEPT_BYTES and (piece := response.read1(KEPT_BYTES - len(start))):
            start += piece
    return bytes(start)


def _resolve(target: Target) -> list[IPAddress]:
    """The addresses to try; refused when any of them must not be called."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise NoAnswer("unreachable") from None
    addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    for address in addresses:
        if not _may_call(address, target.allow_private):
            raise AddressRefused("private")
        if target.scheme == "http" and _is_public(address):  # in the clear: never far from here
            raise AddressRefused("scheme")
    return addresses[:_MOST_ADDRESSES_TRIED]


def _connect(addresses: list[IPAddress], port: int, seconds: float) -> socket.socket:
    for address in addresses:
        try:
            return socket.create_connection((str(address), port), timeout=seconds)
        except OSError:
            continue
    raise NoAnswer("unreachable")


class _Watched:
    """A connection that another thread can end, whatever it waits for."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.was_ended = False

    def secure(self, host: str) -> None:
        """TLS; the certificate must be the host's."""
        self.socket = tls_context().wrap_socket(
            self.socket, server_hostname=host, do_handshake_on_connect=False
        )
        self.socket.do_handshake()

    def end(self) -> None:
        self.was_ended = True
        with suppress(OSError):  # closed in this very moment
            # Not the TLS socket's own shutdown: that one isn't made for a second thread.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


@contextmanager
def _ending(watched: _Watched, *, after_seconds: float) -> Iterator[None]:
    watched.socket.settimeout(after_seconds)
    timer = threading.Timer(after_seconds, watched.end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        watched.socket.close()


@cache
def tls_context() -> ssl.SSLContext:
    return httpx.create_ssl_context()
