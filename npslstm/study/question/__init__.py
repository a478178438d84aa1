"""What an answer depends on: reach and flow of gradients; and whether they are right: checks."""
