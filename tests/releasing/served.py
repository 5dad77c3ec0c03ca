"""The funder's process started as a person starts it, and who wants to know what it holds."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from remission.releasing import Releases

# Somebody whose traces would be found anywhere.
CANARY, CANARY_SITE, CANARY_DATE, CANARY_NAME = "ZZ7F3A9", "zzcanarysite", "2019-02-03", "Zzcanaria Quetzal"


@dataclass(frozen=True)
class Served:
    address: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        try:
            with urllib.request.urlopen(self.address + path, timeout=20) as answer:
                return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()


@contextmanager
def serving(places: Releases, log: Path, accounts: Path | None = None) -> Iterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = [str(places.frozen), "--signers", str(places.signers), "--port", str(port)]
    words += ["--accounts", str(accounts)] if accounts else []
    command = [sys.executable, "-m", "remission", "release", "serve", *words]
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        found = Served(f"http://127.0.0.1:{port}", process, log)
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                try:
                    found.get("/alive")
                    break
                except OSError:
                    assert process.poll() is None, log.read_text()
                    time.sleep(0.1)
            yield found
        finally:
            process.kill()
            process.wait()
