"""What the tests stand on: a secluded process, servers that misbehave, small pictures, clocks."""
