"""You said, we did: everyone who asked for a change hears of it, once, and says whether it helped."""
