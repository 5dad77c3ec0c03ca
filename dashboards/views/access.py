"""Who may see what, and who did."""

import streamlit as st

from remission import dashboard

st.title("Access")
st.markdown("Accounts are made, changed and shut on the command line: remission account.")

st.header("Accounts")
dashboard.show(dashboard.accounts())

st.header("The last looks")
st.caption("Times in UTC. Every sign-in, every view that was opened, and every name that was looked up.")
dashboard.show(dashboard.accesses())
