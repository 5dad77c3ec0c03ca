"""Tables about the data themselves: windows, rows left out, sizes of groups."""

import pandas as pd

from remission.report.names import PLAIN, Names
from remission.report.numbers import ABSENT, count, percent, plain, whole


def window_table(windows: pd.DataFrame) -> pd.DataFrame:
    """Write how interviews kept their windows, as from ``questions.data_quality.windows``."""
    return pd.DataFrame(
        {
            "Wave": [plain(wave) for wave in windows["wave"]],
            "Allowed days": [
                f"{whole(first)} to {whole(last)}"
                for first, last in zip(windows["first_day"], windows["last_day"], strict=True)
            ],
            "On time": windows["on_time"],
            "Allowed": windows["allowed"],
            "Outside": windows["outside"],
            "Day unknown": windows["no_day"],
        }
    )


def window_sentence(outside: pd.DataFrame) -> str:
    """Say how many interviews lie outside their window."""
    if outside.empty:
        return "Every interview with a known day lies inside its wave's window."
    held = count(len(outside), "interview lies", "interviews lie")
    return f"{held} outside the window of the wave; they are analysed at the day they were held."


def left_out_table(left_out: pd.DataFrame) -> pd.DataFrame:
    """Write what analyses left out, as from ``questions.data_quality.left_out``."""
    return pd.DataFrame(
        {
            "Question": left_out["question"],
            "Reason": left_out["reason"],
            "Rows": [ABSENT if pd.isna(rows) else str(rows) for rows in left_out["rows"]],
        }
    )


def group_table(sizes: pd.DataFrame, names: Names = PLAIN) -> pd.DataFrame:
    """Write sizes of groups, as from ``questions.follow_up.group_sizes``."""
    by = str(sizes.columns[0])
    labels = names.strata(by, sizes[by].astype(str))
    return pd.DataFrame(
        {
            names.variable(by).capitalize(): [labels[code] for code in sizes[by].astype(str)],
            "Participants": sizes["participants"],
            "Share, %": [percent(float(share)) for share in sizes["share"]],
        }
    )


def group_sentence(sizes: pd.DataFrame) -> str:
    """Say how many participants there are, as from ``questions.follow_up.group_sizes``."""
    return f"{count(int(sizes['participants'].sum()), 'participant', 'participants')}."
