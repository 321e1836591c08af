"""The pages on which surveys are drawn up, aimed, switched on and watched."""
