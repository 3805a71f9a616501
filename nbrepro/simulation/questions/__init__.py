"""Ways of asking a model about a program; one module each. All give questions, and read what comes back as answers."""
