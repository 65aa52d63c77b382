"""Verbs of training. Recipes lie beside them."""
