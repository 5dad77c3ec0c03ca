"""A report as one HTML file, from everything the study asks.

Simulated: 300 participants of five mutual-help groups, as in the scripts before. Expected: a file that any
browser opens without a network, with a curve for every group, the number at risk below it, and tables of
every model that study.yaml asks for.
"""

import tempfile
from pathlib import Path

from remission.cohort import create_study
from remission.questions import all_trajectory_means, study_results
from remission.report import names_of, sentences, write_report
from remission.simulate import record_simulated

with tempfile.TemporaryDirectory() as folder:
    study = create_study(Path(folder) / "study", "engagement")
    record_simulated(study, 300, seed=6)
    results = study_results(study)
    names = names_of(study.protocol)
    means = all_trajectory_means(study, results.trajectories)
    report = write_report(results, study.path / "report.html", names=names, means=means)
    page = report.read_text(encoding="utf-8")

by_group = results.by["group"]
print(sentences.comparison_sentence(by_group.curve, by_group.test, results.times, names))
figures, tables = page.count("<svg"), page.count("<table")
print(f"\nThe report has {figures} figures, {tables} tables and no script: {'<script' not in page}")
