"""What a funder may see: frozen releases, read from a folder by a process that can reach nothing else."""
