"""The service's HTTP contract: endpoints, bodies, and the ways to reach them."""
