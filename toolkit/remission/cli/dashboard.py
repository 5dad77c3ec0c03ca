"""``remission dashboard``: serve the Streamlit dashboard on this computer only."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated

import typer

from remission.cli.options import NoOpen, Port, StudyFolder
from remission.cli.screen import sentence
from remission.cli.vault import KEY_VARIABLE, VaultKeyFile
from remission.cohort import open_study
from remission.door import door_at
from remission.errors import RemissionError
from remission.locate import shipped

LOOPBACK = "127.0.0.1"
START_SECONDS = 60


def dashboard(
    study: StudyFolder,
    port: Port = 8501,
    no_open: NoOpen = False,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="Host name of the web server with HTTPS that hands requests on; repeatable."),
    ] = None,
    vault_key: VaultKeyFile = None,
) -> None:
    """Open the dashboard; it listens on this computer alone until Ctrl-C.

    Without an account everybody at this computer sees everything. As soon as there is one (`remission account add`),
    everybody signs in. With --name it stands behind a web server of yours, and accounts are needed.

    Example: remission dashboard --study help-study
    """
    opened = open_study(study, create_database=False)
    names, shut = tuple(name or ()), door_at(opened.path).is_shut()
    if names and not shut:
        raise RemissionError("There is no account yet, so nobody could sign in.", "Make one: remission account add.")
    free = free_port(port)
    process = start(study, free, headless=no_open, names=names, vault_key=vault_key)
    try:
        address = wait_until_it_answers(process, free)
        sentence(f"The dashboard is at {address} (this computer only). Ctrl-C ends it.")
        if not shut:
            sentence("Nobody needs to sign in: there is no account. Whoever uses this computer sees everything.")
        process.wait()
    except KeyboardInterrupt:
        sentence("The dashboard was ended.")
    finally:
        stop(process)


def free_port(wanted: int) -> int:
    """Return the wanted port, or the next one that nothing listens on.

    Raises
    ------
    RemissionError
        None of the next 50 ports is free.
    """
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) != 0:
                return port
    raise RemissionError(f"No port from {wanted} to {wanted + 49} is free.", "Give another with --port.")


def start(
    study: Path, port: int, headless: bool, names: tuple[str, ...] = (), vault_key: Path | None = None
) -> "subprocess.Popen[bytes]":
    """Start the dashboard's server process for a study folder.

    A request to terminate this process is treated as Ctrl-C, so that the server never outlives it.
    """
    settings = {
        "server.address": LOOPBACK,
        "server.port": port,
        "server.headless": str(headless).lower(),
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "viewer",
        "client.showErrorLinks": "false",
        "server.enableXsrfProtection": "true",
        "server.enableAgentApi": "false",
    }
    if names:
        settings["browser.serverAddress"] = names[0]
    flags = [f"--{name}={value}" for name, value in settings.items()]
    flags += [f"--server.allowedHosts={host}" for host in (LOOPBACK, "localhost", *names)]
    command = [sys.executable, "-m", "streamlit", "run", str(shipped("dashboards") / "served.py"), *flags]
    environment = {**os.environ, "REMISSION_STUDY": str(study.resolve()), "REMISSION_NAMES": ",".join(names)}
    if vault_key is not None:
        environment[KEY_VARIABLE] = str(vault_key.expanduser().resolve())
    signal.signal(signal.SIGTERM, _interrupt)
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int) -> str:
    """Return the dashboard's address once its page is served.

    Raises
    ------
    RemissionError
        The server ended, or did not answer within a minute.
    """
    address = f"http://{LOOPBACK}:{port}"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return address
        except urllib.error.HTTPError as error:
            # The gate is there and lets nobody in who has not signed in.
            if error.code == 401:
                return address
            time.sleep(0.2)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RemissionError(
        f"The dashboard did not answer at {address}.", "Run `remission dashboard` to see its own message."
    )


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End the server process, with force after ten seconds."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
