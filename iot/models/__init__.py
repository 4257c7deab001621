"""Django rows and constraints, one module per resource family."""
