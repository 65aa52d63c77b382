"""Direct preference optimisation on packed rows, for models of text and of pictures (arXiv 2305.18290)."""
