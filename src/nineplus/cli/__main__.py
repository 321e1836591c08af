"""`python -m nineplus.cli`: the command where its script is not on the path."""

from nineplus.cli import main

main()
