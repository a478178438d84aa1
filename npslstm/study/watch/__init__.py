"""How gates change while a model trains."""
