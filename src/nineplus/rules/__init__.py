"""Pure decisions: no clock, no database, every outcome has a reason."""
