"""What happens if a gate or a state is another: interventions, and what each unit is worth."""
