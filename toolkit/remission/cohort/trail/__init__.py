"""The audit trail: sealed entries that are only added to, what they prove, and the past that they hold."""
