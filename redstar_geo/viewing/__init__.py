"""What the app shows: texts, diagrams and runs as safe pieces of a page, and answers as they come."""
