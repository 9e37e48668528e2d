"""The life of one run: servers, steps, processes, and back in the other order."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from types import FrameType

from config.embedded.addresses import read_services, write_services
from config.embedded.errors import ServerError
from config.embedded.servers import Servers
from config.supervisor import banner, steps
from config.supervisor.child import Child
from config.supervisor.make import Make
from config.supervisor.output import Terminal
from config.supervisor.outside import require_broker, require_database
from config.supervisor.plan import BASE_DIR, Plan
from config.supervisor.procfile import read_procfile
from config.supervisor.readiness import answers_http, listens

TICK_SECONDS = 0.1
READY_TIMEOUT_SECONDS = 90
WARM_STOP_SECONDS = 15
LAST_STOP_SECONDS = 5
# Dying this often before the shop has answered once means that it can't start at all.
HOPELESS_DEATHS = 3
SUPPLIER_SANDBOX = "supplier-sandbox"
PAYMENT_SANDBOX = "payment-sandbox"
# The worker may need the sandboxes for what it has begun, so they stop after it.
NEEDED_TO_THE_END = {SUPPLIER_SANDBOX, PAYMENT_SANDBOX}
OURS = "servers-are-ours"


class Run:
    """Everything that one `make run` has started."""

    def __init__(self, plan: Plan, *, record_dir: Path, terminal: Terminal) -> None:
        self._plan = plan
        self._record_dir = record_dir
        self._terminal = terminal
        self._servers = Servers(
            plan.data_dir,
            with_postgres=not plan.database_url,
            with_valkey=not plan.redis_url,
        )
        self._make = Make()
        self._stop_wishes = 0
        self._children: list[Child] = []

    def listen_to_signals(self) -> None:
        """The first signal stops in order; a second one doesn't wait for anybody."""
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(sig) is not signal.SIG_IGN:  # nohup asks to be left alone
                signal.signal(sig, self._on_signal)

    def until_stopped(self) -> None:
        """Start everything, keep it running until asked to stop, stop everything."""
        try:
            self._start()
            while not self._stopping():
                time.sleep(TICK_SECONDS)
                self._keep_running()
        except steps.StartInterruptedError:
            pass
        finally:
            self._stop()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_wishes += 1

    def _stopping(self) -> bool:
        if self._stop_wishes == 0 and self._make.wants_to_stop():
            self._stop_wishes = 1
        return self._stop_wishes > 0

    def _hurrying(self) -> bool:
        return self._stop_wishes > 1

    def _start(self) -> None:
        plan = self._plan
        if plan.database_url:
            require_database(plan.database_url)
        if plan.redis_url:
            require_broker(plan.redis_url)
        self._terminal.announce("Starting …")
        services = self._start_servers()
        write_services(plan.data_dir, read_services(plan.data_dir) | plan.addresses())
        env = plan.child_environment(services)
        commands = read_procfile(BASE_DIR / "Procfile", env)
        # The sandboxes need no database: they get up while it is prepared.
        early = {name: words for name, words in commands.items() if name in NEEDED_TO_THE_END}
        late = {name: words for name, words in commands.items() if name not in NEEDED_TO_THE_END}
        self._start_children(early, env)
        world = steps.prepare_database(env, stopping=self._stopping)
        self._start_children(late, env)
        self._wait_until_ready()
        self._terminal.announce(banner.render(plan.base_url, world))
        self._terminal.let_processes_speak()

    def _start_children(self, commands: dict[str, list[str]], env: dict[str, str]) -> None:
        for name, command in commands.items():
            child = Child(
                name,
                command,
                env=env,
                cwd=BASE_DIR,
                record_path=self._record_dir / f"{name}.json",
                say=self._terminal.say,
            )
            self._children.append(child)
            child.start()

    def _start_servers(self) -> dict[str, str]:
        """Start the servers that are wanted; note that they are ours to stop.

        Those that `python -m config.embedded start` left running are used, and left running.
        """
        ours = self._record_dir / OURS
        if ours.exists():  # a killed supervisor's; the kernel may be stopping them this moment
            self._servers.stop()
        if not self._servers.all_run():
            ours.touch()
        return self._servers.start(stop_with_parent=True)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while not self._is_ready():
            if self._stopping():
                raise steps.StartInterruptedError
            for child in self._children:
                child.keep_running()
                if child.quick_deaths >= HOPELESS_DEATHS:
                    raise ServerError(f"{child.name} doesn't start: {child.reason()}")
            if time.monotonic() > deadline:
                raise ServerError(
                    f"The shop doesn't answer at {self._plan.base_url} "
                    f"after {READY_TIMEOUT_SECONDS} s"
                )
            time.sleep(TICK_SECONDS)

    def _is_ready(self) -> bool:
        return (
            all(child.is_running for child in self._children)
            and listens(self._plan.supplier_sandbox_port)
            and listens(self._plan.payment_sandbox_port)
            and answers_http(self._plan.port, "/healthz/")
        )

    def _keep_running(self) -> None:
        for child in self._children:
            child.keep_running()
        if not self._servers.all_run() and not self._stopping():
            self._terminal.announce("A server ended by itself; starting it again")
            self._servers.start(stop_with_parent=True)

    def _stop(self) -> None:
        if self._stopping():
            self._terminal.announce("Stopping …")
        early = [child for child in self._children if child.name not in NEEDED_TO_THE_END]
        late = [child for child in self._children if child.name in NEEDED_TO_THE_END]
        for children, seconds in ((early, WARM_STOP_SECONDS), (late, LAST_STOP_SECONDS)):
            for child in children:
                child.ask_to_stop()
            deadline = time.monotonic() + seconds
            for child in children:
                child.wait_until_stopped(deadline, hurry=self._hurrying)
        ours = self._record_dir / OURS
        if ours.exists():
            self._servers.stop()
            ours.unlink()
