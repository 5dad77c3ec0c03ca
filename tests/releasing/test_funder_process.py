"""The funder's process: what it loads, what it can open, what it holds, what it answers."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import CANARY, CANARY_DATE, CANARY_NAME, CANARY_SITE, Served, serving

from remission.cohort import Study
from remission.releasing import releases_of

TRACES = (CANARY, CANARY_SITE, CANARY_DATE, CANARY_NAME, "2019-02", "cohort.db", "vault.db", "ledger")


@pytest.fixture(scope="module")
def served(frozen_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    from remission.cohort import open_study

    places = releases_of(open_study(frozen_once / "study"))
    with serving(places, tmp_path_factory.mktemp("log") / "log.txt") as found:
        yield found


def run_confined(lines: str, readable: Path) -> str:
    start = (
        "import sys\nfrom pathlib import Path\n"
        "import remission.funder.__main__ as funder\nfrom remission.funder.confined import confine\n"
        f"confine([Path({str(readable)!r})])\n"
    )
    done = subprocess.run([sys.executable, "-c", start + lines], capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr.strip().rsplit("\n", 1)[-1]


def test_it_loads_no_room_that_knows_a_study() -> None:
    lines = (
        "import remission.funder.__main__, sys\n"
        "print([name for name in sys.modules if name.split('.')[0] in "
        "('sqlite3', 'sqlalchemy', 'sqlmodel', 'pandas', 'streamlit', 'requests') or name.startswith('remission.')])"
    )
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True, timeout=60)
    loaded = re.findall(r"'([\w.]+)'", done.stdout)
    assert loaded
    assert {name for name in loaded if not name.startswith(("remission.funder", "remission.door"))} == {
        "remission.errors",
        "remission.locate",
        "remission.yaml_file",
    }


@pytest.mark.parametrize(
    "lines",
    [
        "open(STUDY + '/cohort.db', 'rb')",
        "open(STUDY + '/study.yaml')",
        "open(STUDY + '/releases/ledger/release-0001.json')",
        "open(STUDY + '/releases/frozen/../ledger/ledger.key', 'rb')",
        "open(STUDY + '/releases/frozen/release-0001/release.json', 'r+b')",
        "open(STUDY + '/releases/frozen/new.txt', 'w')",
        "import os; os.listdir(STUDY)",
        "import os; os.open(STUDY + '/cohort.db', os.O_RDONLY)",
        "import remission.cohort",
        "import sqlite3",
        "import subprocess; subprocess.run(['cat', STUDY + '/cohort.db'])",
        "import os; os.system('cat ' + STUDY + '/cohort.db')",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import os; os.fork()",
    ],
)
def test_it_is_refused_everything_else(frozen: tuple[Path, Study], lines: str) -> None:
    study = frozen[1]
    said = run_confined(f"STUDY = {str(study.path)!r}\n{lines}\nprint('reached')", releases_of(study).frozen)
    assert "reached" not in said
    assert "Confined" in said


def test_a_link_out_of_the_folder_leads_nowhere(frozen: tuple[Path, Study]) -> None:
    study = frozen[1]
    place = releases_of(study).frozen
    (place / "way_out").symlink_to(study.path / "cohort.db")
    said = run_confined(f"open({str(place / 'way_out')!r}, 'rb')\nprint('reached')", place)
    assert "Confined" in said


def test_it_reads_what_it_is_given(frozen: tuple[Path, Study]) -> None:
    place = releases_of(frozen[1]).frozen
    said = run_confined(f"print(len(open({str(place / 'release-0001' / 'counts.csv')!r}).read()) > 100)", place)
    assert said.strip() == "True"


def test_no_trace_of_the_canary_in_anything_that_it_sends_or_holds(served: Served, frozen_once: Path) -> None:
    queue, seen, sent = ["/"], set(), []
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        status, headers, body = served.get(path)
        assert status == 200, path
        sent.append(" ".join(headers.values()).encode() + body)
        if headers["content-type"].startswith("text/html"):
            queue += re.findall(r'href="([^"]+)"', body.decode())
    assert {"/en/1", "/es/1", "/1/counts.csv", "/1/release.json", "/en/", "/es/"} <= seen
    reach = [path.read_bytes() for path in (frozen_once / "study" / "releases" / "frozen").rglob("*") if path.is_file()]
    for trace in TRACES:
        for text in (*sent, *reach, served.log.read_bytes()):
            assert trace.encode() not in text, trace


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_no_open_file_nor_memory_of_the_process_holds_the_canary(served: Served, frozen_once: Path) -> None:
    served.get("/en/1")
    folder = Path("/proc") / str(served.process.pid)
    opened = [os.readlink(path) for path in (folder / "fd").iterdir()]
    assert not [path for path in opened if str(frozen_once) in path and path != str(served.log)]
    assert "cohort.db" not in (folder / "maps").read_text()
    try:
        memory = memory_of(folder)
    except PermissionError:
        pytest.skip("this system lets no process read another's memory")
    assert b"How recovery holds after treatment" in memory
    for trace in (CANARY, CANARY_SITE, CANARY_DATE, CANARY_NAME):
        assert trace.encode() not in memory, trace


def memory_of(folder: Path) -> bytes:
    """Read what a process holds in memory that it can write."""
    found = b""
    with (folder / "mem").open("rb", 0) as memory:
        for line in (folder / "maps").read_text().splitlines():
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            low, high = (int(edge, 16) for edge in span.split("-"))
            try:
                memory.seek(low)
                found += memory.read(high - low)
            except OSError:
                continue
    return found


def test_the_same_search_finds_somebody_who_is_there(served: Served) -> None:
    assert b"study lead" in served.get("/en/1")[2]
    assert b"study lead" in served.get("/es/1")[2]


def test_every_answer_carries_the_protective_headers(served: Served) -> None:
    for path in ("/en/1", "/1/counts.csv", "/en/9", "/nowhere", "/alive"):
        headers = served.get(path)[1]
        assert headers["content-security-policy"].startswith("default-src 'none'"), path
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"
        assert "server" not in headers


@pytest.mark.parametrize("path", ["/en/9", "/fr/1", "/1/signatures.json", "/1/manifest.json", "/en/1?by=site&x=1"])
def test_there_is_nothing_else_and_no_filter(served: Served, path: str) -> None:
    if "?" in path:
        assert served.get(path)[2] == served.get("/en/1")[2]
        return
    assert served.get(path)[0] == 404


@pytest.mark.parametrize("path", ["/1/..%2f..%2fledger%2fledger.key", "/%2e%2e/ledger/ledger.key", "/en/..%2f1"])
def test_no_way_out_of_the_folder(served: Served, path: str) -> None:
    assert served.get(path)[0] == 404


def test_a_changed_release_is_refused_in_one_sentence(frozen: tuple[Path, Study], tmp_path: Path) -> None:
    places = releases_of(frozen[1])
    path = places.frozen / "release-0001" / "counts.csv"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"hidden", b"hiddem", 1))
    with serving(places, tmp_path / "log.txt") as found:
        for address in ("/en/1", "/1/counts.csv", "/1/release.json"):
            status, _, body = found.get(address)
            assert status == 503
            assert b"counts.csv was changed after it was made." in body
            assert b"<table" not in body
        assert b"counts.csv was changed" in found.get("/en/")[2]
    assert "counts.csv was changed" in (tmp_path / "log.txt").read_text()


def test_the_spanish_page_is_spanish_throughout(served: Served) -> None:
    page = re.sub(r"<style>.*?</style>|<[^>]+>", " ", served.get("/es/1")[2].decode(), flags=re.DOTALL)
    said = {word.lower() for word in re.findall(r"[A-Za-zÁ-ú]+", page)}
    assert not said & {"the", "of", "and", "hidden", "group", "people", "months", "unknown", "free"}
    assert {"oculto", "grupo", "personas", "meses"} <= said
