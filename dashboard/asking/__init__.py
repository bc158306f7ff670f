"""The forms: what a visitor can ask for, drawn from the tables and options."""
