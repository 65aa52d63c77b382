"""Verbs of evaluation. Recipes lie beside them."""
