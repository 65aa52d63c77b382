"""Verbs of the app: asking a geometry question and browsing runs. None yet."""
