"""The front desk: the command, the configuration, the wiring."""
