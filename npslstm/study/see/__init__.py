"""What the gates do: traces of every gate and state, explanations in numbers, pictures."""
