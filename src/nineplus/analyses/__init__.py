"""One file per question: a Dataset in, a Result out. No Django; runs in a notebook."""
