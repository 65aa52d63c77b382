"""What runs inside the sandbox. Standard library only: nothing else is there. Started as `python -m inside`."""
