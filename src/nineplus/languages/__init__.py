"""The standard question and every text a customer reads, one file per language."""
