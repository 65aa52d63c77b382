"""What `data` and `eval` recipes may say; those of a training or a study stand in the room of what they describe."""
