"""What a model is: families, loading, encoding, attention and loss over packed rows, parts, adapters, memory."""
