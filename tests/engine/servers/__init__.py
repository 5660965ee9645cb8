"""Servers on loopback for the tests of the remote engine: two real ones, and one that replays what others would send."""
