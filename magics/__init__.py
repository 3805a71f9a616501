"""`%nbrepro` and `%%nbrepro`."""
