"""Who answers a prompt, and the ledger that keeps every response."""
