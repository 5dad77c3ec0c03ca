"""The frame of the dashboard: which views there are, and what stands beside all of them."""

import streamlit as st

from remission import dashboard

st.set_page_config(page_title="remission", layout="wide")

page = st.navigation(
    [
        st.Page("views/overview.py", title="Overview", default=True),
        st.Page("views/desk.py", title="Desk"),
        st.Page("views/safety.py", title="Safety"),
        st.Page("views/time_to_relapse.py", title="Time to relapse"),
        st.Page("views/trajectories.py", title="Trajectories"),
        st.Page("views/further_questions.py", title="Further questions"),
        st.Page("views/data_quality.py", title="Data quality"),
        st.Page("views/queries.py", title="Queries"),
        st.Page("views/protocol_and_imports.py", title="Protocol and imports"),
    ]
)


def frame() -> None:
    """Draw what stands beside every view, then the view."""
    dashboard.style_page()
    with st.sidebar:
        protocol = dashboard.study().protocol
        st.markdown(f"**{protocol.title}**")
        st.caption(f"Day 0: {protocol.time_origin}.")
        if left_out := dashboard.not_used():
            st.caption(left_out)
        st.caption(f"Outcome: {protocol.outcome.title}.")
        st.caption("Internal: small groups are shown as they are. Keep it inside the study team.")
    page.run()


dashboard.guarded(frame)
