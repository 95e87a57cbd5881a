"""All ways to a correct answer: of models, APIs, both together, and people."""
