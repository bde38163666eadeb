"""What every route of the API shares: who may call it, how it pages, what it says when something is wrong."""
