"""Geometry: the formal language, proofs, built-in problems, and proofs told as chains of thought."""
