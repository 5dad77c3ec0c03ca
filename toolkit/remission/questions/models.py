"""The regression models that study.yaml asks for."""

from remission.cohort import Study
from remission.estimate import cox, linear_mixed
from remission.estimate.formula import required, variables_of
from remission.estimate.result import Coefficients, MixedFit
from remission.tables import repeated, risk_interval, time_to_event, varying

NOT_MEASURES = {"months", "day", "wave", "participant_id"}


def cox_model(study: Study, terms: str) -> Coefficients:
    """Fit a Cox model on baseline covariates, Efron's ties.

    Parameters
    ----------
    study : Study
    terms : str
        Right side of the formula, for example ``"attended + age + C(sex)"``.
    """
    table = time_to_event(study, covariates=sorted(required(terms)))
    return cox(f"Event(exit, event) ~ {terms}", table)


def engagement_over_time(study: Study, terms: str) -> Coefficients:
    """Fit a Cox model with time-varying engagement, errors robust by participant.

    Engagement counts from the day it was reported until the next report, so the future never
    explains the past.

    Parameters
    ----------
    study : Study
    terms : str
        Right side of the formula; the study's engagement measure and the exposures of study.yaml vary over
        time, all else is taken at baseline.
    """
    names = required(terms)
    changing = varying(study, sorted(names)) or [study.protocol.engagement.measure]
    table = risk_interval(study, exposures=changing, covariates=sorted(names - set(changing)))
    return cox(f"Event(entry, exit, event) ~ {terms}", table, cluster="participant_id")


def trajectory(study: Study, formula: str) -> MixedFit:
    """Fit a linear mixed model to a measure over the waves, by REML.

    Parameters
    ----------
    study : Study
    formula : str
        For example ``"depression ~ months + attended + (1 + months | participant_id)"``.
    """
    names = variables_of(formula) - NOT_MEASURES
    measures = [name for name in sorted(names) if name in study.protocol.measures]
    table = repeated(study, measures=measures, characteristics=sorted(names - set(measures)))
    return linear_mixed(formula, table)
