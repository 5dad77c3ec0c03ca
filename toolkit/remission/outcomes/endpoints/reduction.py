"""Published endpoints of reduced use, most of them published as shares of positive urines.

Shares are given as those without use, so that more is better in every one.
"""

from remission.outcomes.endpoints.definition import (
    FREE_HALF_IF_BOTH,
    FREE_PERIODS,
    Condition,
    Endpoint,
    Fill,
    Freedom,
    LastSeen,
    LongestRun,
    Periods,
    Recode,
    Tally,
    weeks,
)

STEPS = tuple(float(1 + week // 3) for week in range(15))
STAYED = Condition((), LastSeen(), at_least=4)

REDUCTION = (
    Endpoint(
        name="soyka_2008_free_share",
        title="share of attended weeks without use",
        kind="reduction",
        rule="The share of attended weeks without use; 1 for who attended none. A week with both counts as half a "
        "week without use.",
        schedule="weekly",
        missing="left out",
        reference="Soyka, Zingg, Koller and Kuefner 2008, doi:10.1017/S146114570700836X",
        columns=("Rd_soyka_2008",),
        measure=Tally(FREE_HALF_IF_BOTH, per="attended", of_none=1.0),
    ),
    Endpoint(
        name="schwartz_2006_free_at_end",
        title="free of use at week 15",
        kind="reduction",
        rule="Week 15 is without use (day 120 in the published trial).",
        schedule="at the start and on day 120",
        missing="missing",
        reference="Schwartz and others 2006, doi:10.1001/archpsyc.63.1.102",
        columns=("Ab_schwartz_2006",),
        conditions=(Condition((Periods((15,)),), Tally(FREE_PERIODS), at_least=1),),
    ),
    Endpoint(
        name="strain_1996_free_share",
        title="share of attended weeks without use",
        kind="reduction",
        rule="The share of attended weeks without use; 1 for who attended none. A week with both counts as half a "
        "week without use.",
        schedule="three times a week",
        missing="left out",
        reference="Strain, Stitzer, Liebson and Bigelow 1996, doi:10.1097/00004714-199602000-00010",
        columns=("Rd_strain_1996",),
        measure=Tally(FREE_HALF_IF_BOTH, per="attended", of_none=1.0),
    ),
    Endpoint(
        name="ling_1976_index",
        title="index of freedom from illicit use, 0 to 120",
        kind="reduction",
        rule="Weeks 1 to 15 give points of use: 1 for use, half for both and 0.22 for a missed visit, those of use "
        "multiplied by 1 in the first weeks and rising to 5 in the last (by one every three weeks). The value "
        "is 120 for no points and falls to 0 for the most possible. Who was last seen in week 3 or before has "
        "0.",
        schedule="weekly",
        missing="weighted",
        reference="Ling, Charuvastra, Kaim and Klett 1976, doi:10.1001/archpsyc.1976.01770060043007",
        columns=("Rd_lingA_1976",),
        steps=(weeks(1, 15),),
        measure=Freedom((("+", 1.0), ("*", 0.5), ("o", 0.22), ("-", 0.0)), STEPS, top=120.0),
        conditions=(STAYED,),
    ),
    Endpoint(
        name="ling_1976_index_missing_heavy",
        title="index of freedom from illicit use, missed visits weighing most",
        kind="reduction",
        rule="Weeks 1 to 15 give points of use: 0.8 for use, 0.4 for both and 1 for a missed visit, those of use "
        "multiplied by 1 in the first weeks and rising to 5 in the last (evenly). The value is 120 for no "
        "points and falls to 0 for the most possible. Who was last seen in week 3 or before has 0. A variant "
        "made for the CTN-0094 outcomes.",
        schedule="weekly",
        missing="weighted",
        reference="After Ling, Charuvastra, Kaim and Klett 1976, doi:10.1001/archpsyc.1976.01770060043007",
        columns=("Rd_lingB_1976",),
        steps=(weeks(1, 15),),
        measure=Freedom((("+", 0.8), ("*", 0.4), ("o", 1.0), ("-", 0.0)), (1.0, 5.0), top=120.0),
        conditions=(STAYED,),
    ),
    Endpoint(
        name="woody_2008_free_share",
        title="share of weeks 4, 8 and 12 without use",
        kind="reduction",
        rule="The share of weeks 4, 8 and 12 without use. A week with both counts as half a week without use.",
        schedule="in weeks 4, 8 and 12",
        missing="use",
        reference="Woody and others 2008, doi:10.1001/jama.2008.574",
        columns=("Rd_woody_2008",),
        steps=(Periods((4, 8, 12)),),
        measure=Tally(FREE_HALF_IF_BOTH, per=3),
    ),
    Endpoint(
        name="eissenberg_1997_month_abstinent",
        title="stayed and had four weeks of abstinence in a row",
        kind="reduction",
        rule="Four or more weeks without use in a row within weeks 1 to 15, by who was still seen in week 15 or "
        "later (17 weeks in the published trial).",
        schedule="three times a week",
        missing="neighbours",
        reference="Eissenberg and others 1997, doi:10.1001/jama.1997.03540480045037",
        columns=("Rd_eissenberg_1997",),
        conditions=(
            Condition((), LastSeen(), at_least=15),
            Condition((Fill("neighbours"), weeks(1, 15)), LongestRun("-"), at_least=4),
        ),
    ),
    Endpoint(
        name="strain_1993_free_share",
        title="share of weeks 6 to 15 without a positive urine",
        kind="reduction",
        rule="The share of weeks 6 to 15, the stable dose, without use. A week with both counts as half a week "
        "without use.",
        schedule="three times a week",
        missing="no use",
        reference="Strain, Stitzer, Liebson and Bigelow 1993, doi:10.7326/0003-4819-119-1-199307010-00004",
        columns=("Rd_strain_1993",),
        steps=(
            Recode((("o", "-"),)),
            weeks(6, 15),
        ),
        measure=Tally(FREE_HALF_IF_BOTH, per=10),
    ),
    Endpoint(
        name="zaks_1972_free_weeks",
        title="weeks without use",
        kind="reduction",
        rule="The number of weeks without use. A week with both counts as half a week without use.",
        schedule="twice a week",
        missing="use",
        reference="Zaks, Fink and Freedman 1972, doi:10.1001/jama.1972.03200060039005",
        columns=("Rd_zaks_1972",),
        measure=Tally(FREE_HALF_IF_BOTH),
    ),
    Endpoint(
        name="strain_1999_free_share",
        title="share of weeks without a positive urine",
        kind="reduction",
        rule="The share of weeks without use. A week with both counts as half a week without use.",
        schedule="twice a week",
        missing="no use",
        reference="Strain, Bigelow, Liebson and Stitzer 1999, doi:10.1001/jama.281.11.1000",
        columns=("Rd_strain_1999",),
        steps=(Recode((("o", "-"),)),),
        measure=Tally(FREE_HALF_IF_BOTH, per="scheduled"),
    ),
    Endpoint(
        name="petitjean_2001_free_share",
        title="share of weeks without use",
        kind="reduction",
        rule="The share of weeks without use. A week with both counts as half a week without use.",
        schedule="weekly",
        missing="use",
        reference="Petitjean and others 2001, doi:10.1016/S0376-8716(00)00163-0",
        columns=("Rd_petitjean_2001",),
        measure=Tally(FREE_HALF_IF_BOTH, per="scheduled"),
    ),
    Endpoint(
        name="shufman_1994_free_share",
        title="share of weeks without a positive urine",
        kind="reduction",
        rule="The share of weeks without use. A week with both counts as half a week without use.",
        schedule="weekly",
        missing="no use",
        reference="Shufman and others 1994, doi:10.1016/0006-3223(94)91240-8",
        columns=("Rd_shufman_1994",),
        steps=(Recode((("o", "-"),)),),
        measure=Tally(FREE_HALF_IF_BOTH, per="scheduled"),
    ),
    Endpoint(
        name="strain_1994_free_share",
        title="share of weeks without a positive urine",
        kind="reduction",
        rule="The share of weeks without use. A week with both counts as half a week without use.",
        schedule="three times a week",
        missing="no use",
        reference="Strain, Stitzer, Liebson and Bigelow 1994, doi:10.1176/ajp.151.7.1025",
        columns=("Rd_strain_1994",),
        steps=(Recode((("o", "-"),)),),
        measure=Tally(FREE_HALF_IF_BOTH, per="scheduled"),
    ),
)
