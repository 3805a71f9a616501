"""What runs inside the Python of an environment: standard library only, nothing of nbrepro, every Python from 3.6 on."""
