"""pytest --nbrepro."""
