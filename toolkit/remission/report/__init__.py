"""From a result to a figure, a table, an honest sentence, a document."""
