"""The command `redstar-geo`, also as `python -m redstar_geo`.

Worker processes import this file anew; the command line is imported in `main` only, which they never call.
"""


def main() -> None:
    """Run the command line."""
    from redstar_geo.exits import main as run

    run()


if __name__ == "__main__":
    main()
