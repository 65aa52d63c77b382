"""`python -m redstar_geo` is the command `redstar-geo`."""

from redstar_geo.cli import main

main()
