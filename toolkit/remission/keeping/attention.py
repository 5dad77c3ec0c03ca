"""Whether somebody looks at answers that ask for a person's attention."""

from collections.abc import Iterator
from pathlib import Path

from remission.cohort import EVERYONE, Study, open_study
from remission.cohort.reading_follow_up import answers_by_response
from remission.errors import RemissionError
from remission.keeping.finding import Finding, ok, warning
from remission.safety import flags


def look_at_safety(folder: Path) -> Iterator[Finding]:
    """Look at a study whose database has the schema of this release: nobody named, or answers that wait too long."""
    try:
        study = open_study(folder, create_database=False).for_purpose(EVERYONE)
        found, marked = flags(study), _marked(study)
    except RemissionError as error:
        yield warning("safety", error.cause, error.cure)
        return
    plan = study.protocol.safety
    if marked and not (plan.person or plan.persons):
        yield warning(
            "safety",
            f"Answers to {', '.join(marked)} may ask for a person's attention, and nobody is named to look.",
            "Name somebody in study.yaml: `safety: {person: ...}`.",
        )
    if late := int(found["late"].sum()):
        yield warning("safety", f"{late} answers that ask for attention are late.", "See `remission safety list`.")
    elif marked and (plan.person or plan.persons):
        yield ok("safety", "Somebody is named to look at answers that ask for attention, and none is late.")


def _marked(study: Study) -> list[str]:
    asked = {form.instrument for form in study.protocol.measures.values()}
    asked |= set(answers_by_response(study)["instrument"])
    if study.protocol.asking is not None:
        asked |= {entry.instrument for forms in study.protocol.asking.forms.values() for entry in forms}
    raising = [name for name in sorted(asked) if any(scale.flag for scale in study.instrument(name).scales)]
    return raising + list(study.protocol.safety.also)
