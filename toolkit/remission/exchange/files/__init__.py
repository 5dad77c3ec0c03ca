"""Data files as they are: SPSS and its kin, read in a process of their own."""

from remission.exchange.files.data_file import Clock, DataFile, Dictionary, ResponseSet, Variable
from remission.exchange.files.read import read_file, sha256_of

__all__ = ["Clock", "DataFile", "Dictionary", "ResponseSet", "Variable", "read_file", "sha256_of"]
