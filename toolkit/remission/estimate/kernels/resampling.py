"""How often each participant is drawn in each replicate of a bootstrap."""

from dataclasses import dataclass

import numpy as np

MOST_ENTRIES = 2_000_000
MOST_REPLICATES = 256


@dataclass(frozen=True, slots=True)
class Block:
    """Replicates that are drawn together, from a random stream of their own.

    Attributes
    ----------
    stream : numpy.random.SeedSequence
    replicates : int
    participants : int
    """

    stream: np.random.SeedSequence
    replicates: int
    participants: int

    def counts(self) -> np.ndarray:
        """Draw participants with replacement and count them, shape (replicates, participants), floats."""
        drawn = np.random.default_rng(self.stream).integers(0, self.participants, (self.replicates, self.participants))
        drawn += np.arange(self.replicates)[:, None] * self.participants
        size = self.replicates * self.participants
        return np.bincount(drawn.ravel(), minlength=size).reshape(drawn.shape).astype(float)


def blocks(participants: int, rows: int, replicates: int, seed: int) -> list[Block]:
    """Cut a bootstrap into blocks whose size follows from the data alone.

    Whoever computes them, in whatever order, gets the same draws, and more replicates go on where fewer ended: the
    last block is whole too, and the caller drops what is beyond ``replicates``.

    Parameters
    ----------
    participants, rows : int
        Rows bound the memory of a block.
    replicates : int
    seed : int
    """
    size = max(1, min(MOST_REPLICATES, MOST_ENTRIES // max(participants, rows)))
    streams = np.random.SeedSequence(seed).spawn(-(-replicates // size))
    return [Block(stream, size, participants) for stream in streams]
