"""``%vidgo COMMAND``: each command is a parser and a function, and each file a kind of commands."""
