"""Rules: kept, looked at when something happens, tried on the past, and told of."""
