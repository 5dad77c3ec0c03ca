"""Releases in a study's folder: drafted, signed by two people, frozen under a number."""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from remission.cohort import Study, audit_trail
from remission.cohort.engine import writing
from remission.cohort.entries import operator
from remission.cohort.trail.chain import note
from remission.errors import ReleaseRefused
from remission.funder.bundle import MANIFEST, SIGNED, files_of, folders_of, numbered, read_release, unsigned
from remission.funder.signing import new_signing_key, public_half, read_signers, read_signing_key, sign
from remission.releasing.attack import attack
from remission.releasing.draft import Draft, draft
from remission.releasing.ledger_file import entry, ledger_key, read_ledger, write_private
from remission.releasing.plan import ReleasePlan

OWNER_ONLY = 0o700
TABLE, ACTION = "release", "released"


@dataclass(frozen=True)
class Releases:
    """The places of a study's releases; the funder process is given ``frozen`` and ``signers`` and nothing else."""

    folder: Path

    @property
    def signers(self) -> Path:
        """Who may sign."""
        return self.folder / "signers.yaml"

    @property
    def drafts(self) -> Path:
        """Drafts, each a bundle, with what stays in the study beside it."""
        return self.folder / "drafts"

    @property
    def frozen(self) -> Path:
        """Frozen bundles; nothing else lies here."""
        return self.folder / "frozen"

    @property
    def ledger(self) -> Path:
        """Who was behind which count, under keyed hashes."""
        return self.folder / "ledger"

    def published(self) -> list[dict[str, Any]]:
        """Return what the frozen releases say, each checked."""
        places = folders_of(self.frozen) if self.frozen.is_dir() else []
        return [read_release(place, self.signers).content for place in places]


def releases_of(study: Study) -> Releases:
    """Return where a study keeps its releases."""
    return Releases(study.releases_folder)


def add_signer(places: Releases, name: str, key_file: Path) -> None:
    """Make a signing key in a new file and put its public half on the list.

    Raises
    ------
    ReleaseRefused
        The name is taken, or the file would lie in the study folder.
    """
    signers = read_signers(places.signers) if places.signers.is_file() else {}
    if name in signers or not name.strip():
        raise ReleaseRefused(f"'{name}' is on the list of signers already.", "Give another name.")
    if key_file.resolve().is_relative_to(places.folder.parent.resolve()):
        raise ReleaseRefused("The key would lie in the study folder.", "Name a file that only this person can reach.")
    signers[name] = new_signing_key(key_file)
    _put(places.signers, yaml.safe_dump(signers, allow_unicode=True).encode())


def make_draft(study: Study, plan: ReleasePlan, today: date | None = None) -> Draft:
    """Compute the next release; nothing is written.

    Raises
    ------
    NotEstimable
        Nothing can be shown that protects everybody.
    """
    places = releases_of(study)
    earlier = read_ledger(places.ledger)
    lost = _frozen_numbers(study) - {each.number for each in earlier}
    if lost:
        raise ReleaseRefused(
            f"Release {min(lost)} was frozen, and the ledger does not know it.",
            f"Put {places.ledger} back from a backup.",
        )
    number = 1 + max((each.number for each in earlier), default=0)
    return draft(study, plan, number, ledger_key(places.ledger), earlier, places.published(), today)


def keep_draft(study: Study, made: Draft, replace: bool = False) -> Path:
    """Write a draft's bundle, and what stays in the study beside it.

    Raises
    ------
    ReleaseRefused
        The audit failed, or a draft of that number is there.
    """
    if not made.passed:
        raise ReleaseRefused("The audit recovered small counts.", "Show fewer dimensions, or put groups together.")
    places = releases_of(study)
    folder = places.drafts / numbered(made.content["number"])
    kept = folder.with_suffix(".ledger.json")
    if folder.exists() and not replace:
        raise ReleaseRefused(f"There is a draft {folder.name} already.", "Give --replace to draft it anew.")
    shutil.rmtree(folder, ignore_errors=True)
    kept.unlink(missing_ok=True)
    folder.mkdir(parents=True, mode=OWNER_ONLY)
    for name, data in files_of(made.content).items():
        write_private(folder / name, data)
    said = entry(made.content, made.settled.people, made.told)
    write_private(kept, json.dumps(said, ensure_ascii=False, sort_keys=True).encode())
    return folder


def sign_draft(places: Releases, folder: Path, key_file: Path) -> str:
    """Sign a draft after attacking it, and return the signer's name.

    Raises
    ------
    ReleaseRefused
        The key is on no list, its owner signed already, the draft was changed, or the attack recovers something.
    """
    content = unsigned(folder)
    key = read_signing_key(key_file)
    public = public_half(key)
    name = next((who for who, listed in read_signers(places.signers).items() if listed == public), None)
    if name is None:
        raise ReleaseRefused("This key is not on the list of signers.", "Add it with `remission release key`.")
    signed = _signatures(folder)
    if any(each["name"] == name for each in signed):
        raise ReleaseRefused(f"{name} signed it already.", "Somebody else signs as the second person.")
    found = attack([*places.published(), content])
    if found.recovered:
        raise ReleaseRefused(f"An attack on it recovers {found.recovered} cells.", "Draft it anew.")
    signed.append({"name": name, "signature": sign(key, (folder / MANIFEST).read_bytes())})
    _put(folder / SIGNED, json.dumps({"signatures": signed}, indent=1).encode() + b"\n")
    return name


def _signatures(folder: Path) -> list[dict[str, str]]:
    path = folder / SIGNED
    return list(json.loads(path.read_text())["signatures"]) if path.is_file() else []


def freeze(study: Study, number: int, today: date | None = None) -> Path:
    """Freeze a draft that two people signed: note in the ledger who was behind it, then put it among the frozen ones.

    The audit trail says so too.

    Raises
    ------
    ReleaseRefused
        It is not signed by two, not the next in number, or the release before is too recent.
    """
    places = releases_of(study)
    folder = places.drafts / numbered(number)
    made = read_release(folder, places.signers)
    earlier = read_ledger(places.ledger)
    kept, noted = folder.with_suffix(".ledger.json"), places.ledger / f"{numbered(made.number)}.json"
    if not kept.is_file():
        raise ReleaseRefused(f"What belongs to {folder.name} in the study is missing.", "Draft it anew.")
    again = noted.is_file() and noted.read_bytes() == kept.read_bytes()
    last = max((each.number for each in earlier), default=0)
    if made.number != last + (0 if again else 1):
        raise ReleaseRefused(f"Release {last} was frozen since this was drafted.", "Draft it anew.")
    _require_time(places, made.content, today or date.today())
    if not again:
        write_private(noted, kept.read_bytes())
    places.frozen.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
    final = places.frozen / folder.name
    if final.exists():
        raise ReleaseRefused(f"{final.name} is frozen already.", "A frozen release is never replaced.")
    with writing(study.engine) as connection:
        said = {"table": TABLE, "key": str(made.number), "new": ", ".join(made.signed_by)}
        note(connection, operator(), ACTION, [said])
    os.replace(folder, final)
    kept.unlink()
    for path in final.iterdir():
        path.chmod(0o400)
    return final


def _frozen_numbers(study: Study) -> set[int]:
    trail = audit_trail(study)
    return {int(key) for key in trail.loc[(trail["table"] == TABLE) & (trail["action"] == ACTION), "key"]}


def _require_time(places: Releases, content: dict[str, Any], today: date) -> None:
    before = [date.fromisoformat(each["prepared"]) for each in places.published()]
    waited = min(((today - each).days for each in before), default=content["days_between"])
    if waited < content["days_between"]:
        raise ReleaseRefused(
            f"The release before was prepared {waited} days ago; {content['days_between']} must lie between.",
            "Wait: two releases soon after each other show what changed.",
        )


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(beside, path)
