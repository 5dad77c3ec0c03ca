"""Code words that every study shares."""

USE_STATES = ("abstinent", "used")
# Endings that analyses tell apart; what else ends follow-up is "other".
STANDINGS = ("death", "withdrawal", "incarceration", "lost", "relocation", "other")
TEST_RESULTS = ("positive", "negative", "missed", "invalid")
STOPS = ("contact", "use")
PURPOSES = ("contact", "analysis", "export", "release")
CHANNELS = ("phone", "text", "email", "letter", "visit", "online", "contact_person", "other")
# What came of an attempt; the follow-up status codes of GPRA tell the same ways of not being reached apart.
OUTCOMES = (
    "completed",
    "verified",
    "reached",
    "appointment",
    "left_message",
    "no_answer",
    "wrong_contact",
    "refused",
    "institution",
    "no_access",
    "moved",
    "not_found",
)
QUERY_STEPS = ("assigned", "settled", "reopened")
SAFETY_STEPS = ("assigned", "seen", "handled", "reopened")
# Reasons for discharge as TEDS-D has them.
DISCHARGES = ("completed", "dropped_out", "terminated", "transferred", "incarcerated", "death", "other")
