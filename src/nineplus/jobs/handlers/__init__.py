"""What the worker does with events, one module per stage. Stages are imported when they are needed: a worker starts
with none of them."""
