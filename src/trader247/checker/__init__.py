"""An independent judge of simulated histories: it imports nothing of the program whose work it judges."""
