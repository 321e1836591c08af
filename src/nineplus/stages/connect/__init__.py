"""Connect: what comes in from files and other systems, understood, written once, and taken back when asked."""
