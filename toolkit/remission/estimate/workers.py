"""Many independent computations on several cores, or on a cluster, with the same results on each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import joblib
from threadpoolctl import threadpool_limits

from remission.errors import DefinitionError

Task = TypeVar("Task")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Crew:
    """Who computes: so many processes of this computer, or a Dask cluster."""

    workers: int = 1
    cluster: str = ""


ALONE = Crew()


def run_tasks(
    compute: Callable[[Task], Answer], tasks: Iterable[Task], *, workers: int = 1, cluster: str = ""
) -> list[Answer]:
    """Compute every task, in this process, in others, or on a Dask cluster.

    Tasks carry whatever is random in them, so that answers do not depend on who computes them.

    Parameters
    ----------
    compute : callable
    tasks : iterable
    workers : int
        Processes on this computer; 1 is this one. Each task uses one thread for its algebra.
    cluster : str
        Address of a Dask scheduler, such as ``tcp://10.0.0.5:8786``; the tasks go there. Their data go with them: use
        a cluster of the study's own.

    Returns
    -------
    list
        In the order of the tasks.

    Raises
    ------
    DefinitionError
        ``workers`` is below 1, the extra ``cluster`` is not installed, or no scheduler answers.
    """
    if workers < 1:
        raise DefinitionError(f"workers={workers} is below 1.", "Give 1, or the number of cores.")
    held, alone = list(tasks), partial(_on_one_thread, compute)
    if cluster:
        return _on_cluster(alone, held, cluster)
    if workers == 1 or len(held) < 2:
        return [alone(task) for task in held]
    return list(joblib.Parallel(n_jobs=min(workers, len(held)))(joblib.delayed(alone)(task) for task in held))


def _on_one_thread(compute: Callable[[Task], Answer], task: Task) -> Answer:
    """Sum in one order wherever it runs: with more threads the last digits differ."""
    with threadpool_limits(limits=1):
        return compute(task)


def _on_cluster(compute: Callable[[Task], Answer], tasks: list[Task], address: str) -> list[Answer]:
    try:
        from distributed import Client
    except ImportError:
        raise DefinitionError(
            "The software for clusters is not installed.", "Run: python -m pip install 'remission[cluster]'"
        ) from None
    try:
        client = Client(address, timeout="20s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise DefinitionError(
            f"No Dask scheduler answers at {address} ({type(error).__name__}).",
            "Start one with `dask scheduler`, and give the address that it prints.",
        ) from error
    with client, joblib.parallel_config(backend="dask", client=client):
        return list(joblib.Parallel()(joblib.delayed(compute)(task) for task in tasks))
