"""`python -m config.embedded start|stop|status`: keep the servers running between commands."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from config.embedded.addresses import read_services
from config.embedded.data_directory import prepare
from config.embedded.errors import ServerError
from config.embedded.servers import Servers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    parser.add_argument("command", choices=["start", "stop", "status"])
    command = parser.parse_args().command
    data_dir = Path(os.environ.get("DATA_DIR") or ".data").absolute()
    servers = Servers(data_dir)
    try:
        if command == "start":
            prepare(data_dir)
            services = servers.start(stop_with_parent=False)
            print(f"Running; addresses are in {data_dir / 'services.env'}")
            for name, value in services.items():
                print(f"{name}={value}")
            return 0
        if command == "stop":
            servers.stop()
            print("Stopped.")
            return 0
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    running = {"PostgreSQL": servers.postgres.running(), "Valkey": servers.valkey.running()}
    for name, record in running.items():
        print(f"{name}: {f'running, process {record.pid}' if record else 'stopped'}")
    for name, value in read_services(data_dir).items():
        print(f"{name}={value}")
    return 0 if all(running.values()) else 3


if __name__ == "__main__":
    sys.exit(main())
