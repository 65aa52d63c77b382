"""Verbs of data: collect, sample, verify, select, export; `pipeline` runs them in order. Recipes lie beside them."""
