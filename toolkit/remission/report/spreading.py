"""Labels moved apart so that they can be read."""

from collections.abc import Sequence


def spread_out(wanted: Sequence[float], gap: float, low: float = 0.0, high: float = 100.0) -> list[float]:
    """Move places on a line apart until no two are nearer than ``gap``, as little as that takes.

    Places that touch are pooled and centred on the mean of what they wanted, within the limits;
    more than fit stand evenly from limit to limit.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    pools: list[tuple[float, int]] = []
    for place in order:
        pools.append((wanted[place], 1))
        while len(pools) > 1 and _touch(pools[-2], pools[-1], gap, low, high):
            (first, n), (second, m) = pools[-2:]
            pools[-2:] = [((first * n + second * m) / (n + m), n + m)]
    found = [start + gap * step for start, size in _starts(pools, gap, low, high) for step in range(size)]
    return [found[order.index(place)] for place in range(len(wanted))]


def _starts(pools: list[tuple[float, int]], gap: float, low: float, high: float) -> list[tuple[float, int]]:
    return [(min(max(centre - gap * (size - 1) / 2, low), high - gap * (size - 1)), size) for centre, size in pools]


def _touch(below: tuple[float, int], above: tuple[float, int], gap: float, low: float, high: float) -> bool:
    (start, size), (following, _) = _starts([below, above], gap, low, high)
    return following - (start + gap * (size - 1)) < gap - 1e-9
