"""Calls to addresses that others gave us: checked after resolution, bounded, never led on."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from outbound import checked
from outbound.http import NoAnswer
from tests.servers import HASTY, PATIENT, raw_server, resolve_to, tls_server


class TestSending:
    def post(
        self, url: str, *, allow_private: bool = True, limits: checked.Limits = PATIENT
    ) -> int:
        target = checked.parse(url, allow_private=allow_private)
        return checked.post(target, body=b"{}", headers={}, limits=limits).status

    @pytest.mark.parametrize(
        "addresses", [["10.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["169.254.169.254"], ["0.0.0.0"]]
    )
    def test_every_address_of_a_name_must_be_public(
        self, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
    ) -> None:
        resolve_to(monkeypatch, *addresses)
        with pytest.raises(checked.AddressRefused):
            self.post("https://shop.example.com/", allow_private=False)

    def test_plain_http_never_leaves_this_network(self, monkeypatch: pytest.MonkeyPatch) -> None:
        resolve_to(monkeypatch, "1.1.1.1")
        with pytest.raises(checked.AddressRefused):
            self.post("http://shop.example.com/")

    def test_link_local_stays_shut_in_development_too(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resolve_to(monkeypatch, "169.254.169.254")
        with pytest.raises(checked.AddressRefused):
            self.post("https://shop.example.com/")

    def test_a_name_without_an_address_is_no_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def nowhere(*args: object, **kwargs: object) -> None:
            raise socket.gaierror

        monkeypatch.setattr(socket, "getaddrinfo", nowhere)
        with pytest.raises(NoAnswer, match="unreachable"):
            self.post("https://shop.example.com/")

    @pytest.mark.parametrize(
        "pieces",
        [
            [b"HTTP/1.1 200 OK\r\n"] + [b"X-Drop: 1\r\n"] * 200,
            [b"H", b"T", b"T", b"P", b"/"] * 40,
            [b"HTTP/1.1 100 Continue\r\n\r\n"] * 200,
            [b""] * 200,
        ],
        ids=["headers", "status", "continue", "silence"],
    )
    def test_an_answer_in_drops_holds_nobody_up(self, pieces: list[bytes]) -> None:
        with raw_server(pieces, pause_seconds=0.05) as url:
            started = time.monotonic()
            with pytest.raises(NoAnswer, match="timeout"):
                self.post(url, limits=HASTY)
            assert time.monotonic() - started < 8  # all of it would take ten seconds

    def test_an_endless_body_is_not_read(self) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"
        with raw_server([head] + [b"x" * 1000] * 200, pause_seconds=0.01) as url:
            assert self.post(url) == 200

    @pytest.mark.parametrize("answer", [b"rubbish\r\n\r\n", b"", b"HTTP/1.1 abc\r\n\r\n"])
    def test_garbage_is_no_answer(self, answer: bytes) -> None:
        with raw_server([answer], pause_seconds=0) as url, pytest.raises(NoAnswer, match="broken"):
            self.post(url)

    @pytest.mark.parametrize(
        ("name", "is_trusted", "is_answered"),
        [("localhost", True, True), ("localhost", False, False), ("other.example", True, False)],
        ids=["right", "nobody vouches for it", "of another name"],
    )
    def test_a_certificate_must_be_the_hosts(
        self,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        name: str,
        is_trusted: bool,
        is_answered: bool,
    ) -> None:
        with tls_server(tmp_path, name) as port:
            if is_trusted:
                monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
            checked.tls_context.cache_clear()
            url = f"https://localhost:{port}/"
            if is_answered:
                assert self.post(url) == 204
            else:
                with pytest.raises(NoAnswer, match="broken"):
                    self.post(url)
        checked.tls_context.cache_clear()
