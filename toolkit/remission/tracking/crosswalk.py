"""Dispositions in the words of others.

GPRA: follow-up interview status codes of SAMHSA's performance measures. AAPOR: final disposition categories of the
American Association for Public Opinion Research, *Standard Definitions*; where everybody's eligibility is known, the
dead are not eligible (NE), and whoever was not reached is a non-contact (NC).
"""

GPRA = {
    "deceased": "01",
    "completed_in_window": "11",
    "completed_out_of_window": "12",
    "refused": "21",
    "institutionalised": "22",
    "withdrawn": "24",
    "not_located": "32",
    "not_yet_due": "",
}
GPRA_PARTIAL = {True: "11", False: "12"}
# What the last attempt came to says more than that somebody was not reached.
GPRA_NOT_REACHED = {"moved": "31", "no_access": "23"}
AAPOR = {
    "completed_in_window": "I",
    "completed_out_of_window": "I",
    "partial": "P",
    "refused": "R",
    "withdrawn": "R",
    "institutionalised": "O",
    "not_located": "NC",
    "deceased": "NE",
    "not_yet_due": "",
}
