"""What the store holds: listed, selected, reported, exported, imported, pruned."""
