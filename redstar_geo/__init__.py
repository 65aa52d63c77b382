"""RedStar-Geo: verified long chains of thought for multimodal geometry, from problems to a measured model."""

__version__ = "0.2.0.dev0"
