"""What was read or computed of one state of a study, kept while that state is looked at."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from copy import deepcopy
from dataclasses import fields, replace
from functools import wraps
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar, cast

from remission.cohort.study import Study

P = ParamSpec("P")
R = TypeVar("R")
KEPT = 256
# What a study is opened with, not what is read of it.
MEANS = ("protocol", "engine", "present", "memory")


class Memory:
    """Keeps what ``remembered`` functions returned, the last used of them; one memory is for one revision of a study.

    Whoever asks gets a copy, so nobody changes what another one reads.

    Parameters
    ----------
    kept : int
        How many answers are held.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._held: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """Count what is held."""
        return len(self._held)

    def of(self, key: Hashable, compute: Callable[[], R]) -> R:
        """Return what is held under a key; compute and hold it where there is nothing."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return deepcopy(self._held[key])  # type: ignore[return-value]
        found = compute()
        with self._lock:
            self._held[key] = deepcopy(found)
            while len(self._held) > self._kept:
                self._held.popitem(last=False)
        return found


def with_memory(study: Study, memory: Memory | None = None) -> Study:
    """Return the study with a memory of what is read of its present revision; give it up when the study changes.

    Parameters
    ----------
    study : Study
    memory : Memory, optional
        One that holds answers of the same revision and day; a new one where not given.
    """
    return replace(study, memory=Memory() if memory is None else memory)


def remembered(function: Callable[Concatenate[Study, P], R]) -> Callable[Concatenate[Study, P], R]:
    """Let a study's memory answer a function of that study, where it has one."""

    @wraps(function)
    def asked(study: Study, *args: P.args, **kwargs: P.kwargs) -> R:
        memory = study.memory
        if not isinstance(memory, Memory):
            return function(study, *args, **kwargs)
        key = (function.__module__, function.__qualname__, _state(study), args, tuple(sorted(kwargs.items())))
        try:
            hash(key)
        except TypeError:
            return function(study, *args, **kwargs)
        return memory.of(key, lambda: function(study, *args, **kwargs))

    return cast(Callable[Concatenate[Study, P], R], asked)


def _state(study: Study) -> Hashable:
    return tuple(getattr(study, each.name) for each in fields(study) if each.name not in MEANS)
