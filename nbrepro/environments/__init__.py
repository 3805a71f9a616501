"""Environments: what is declared, what is wanted, what that is exactly, and the built folder."""
