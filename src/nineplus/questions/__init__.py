"""One file per kind of question after the score. Pure; the pages draw them by the same name."""
