"""What the store holds, as a grid of pages: search, filters, one picture large, two compared."""
