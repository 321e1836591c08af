"""Pure mathematics on sufficient statistics. Sole owner of the 0-10 scale and of every formula."""
