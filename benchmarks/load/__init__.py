"""A class on one server, over real WebSockets: load, memory, faults and attacks. `python -m benchmarks.load --help`."""
