"""Pretrained weights and other people's engines, on a CPU: `make test-real`. Nothing here is part of the package."""
