"""Verbs of the app: ask a geometry question, browse runs."""
