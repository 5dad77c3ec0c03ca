"""The frame of the dashboard: which views there are, and what stands beside all of them."""

import streamlit as st

from remission import dashboard

TITLES = {
    "overview": "Overview",
    "desk": "Desk",
    "safety": "Safety",
    "signals": "Signals",
    "participant": "Participant",
    "time_to_relapse": "Time to relapse",
    "trajectories": "Trajectories",
    "further_questions": "Further questions",
    "data_quality": "Data quality",
    "queries": "Queries",
    "protocol_and_imports": "Protocol and imports",
    "access": "Access",
}

st.set_page_config(page_title="remission", layout="wide")


def frame() -> None:
    """Let in who may, draw what stands beside every view, then the view."""
    identity = dashboard.enter()
    views = [view for view in TITLES if view in dashboard.may_open(identity)]
    pages = {
        view: st.Page(f"views/{view}.py", title=TITLES[view], default=place == 0) for place, view in enumerate(views)
    }
    page = st.navigation(list(pages.values()))
    dashboard.look_at(identity, next(view for view, one in pages.items() if one == page))
    dashboard.style_page()
    with st.sidebar:
        protocol = dashboard.study().protocol
        st.markdown(f"**{protocol.title}**")
        st.caption(f"Day 0: {protocol.time_origin}.")
        if left_out := dashboard.not_used():
            st.caption(left_out)
        if sites := dashboard.study().sites:
            st.caption(f"Shown: {', '.join(sites)}.")
        st.caption(f"Outcome: {protocol.outcome.title}.")
        st.caption("Internal: small groups are shown as they are. Keep it inside the study team.")
        dashboard.show_account(identity)
    page.run()


dashboard.guarded(frame)
