"""What Freshwire promises, tested."""
