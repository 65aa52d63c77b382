"""How the base is made that ships with the package: a small model that reads diagrams before it reasons."""
