"""From a plan to jobs: approved, ordered, followed, resumed and settled."""
