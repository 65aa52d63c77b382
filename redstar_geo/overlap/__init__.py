"""Near duplicates inside a set and contamination by benchmarks, by text and by picture."""
