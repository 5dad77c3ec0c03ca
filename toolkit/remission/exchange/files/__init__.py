"""Data files as they are: SPSS, Stata, SAS and text files, read in a process of their own."""

from remission.exchange.files.data_file import Clock, DataFile, Dictionary, ResponseSet, Variable
from remission.exchange.files.dictionary_json import dictionary_json, variables_from_json
from remission.exchange.files.moments import shown
from remission.exchange.files.read import Reading, open_file, read_dictionary, read_file, sha256_of

__all__ = [
    "Clock",
    "DataFile",
    "Dictionary",
    "Reading",
    "ResponseSet",
    "Variable",
    "dictionary_json",
    "open_file",
    "read_dictionary",
    "read_file",
    "sha256_of",
    "shown",
    "variables_from_json",
]
