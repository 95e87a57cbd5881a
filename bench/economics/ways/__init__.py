"""All ways to a right answer: of models, APIs, both together, and people."""
