"""The core: events, journal, the door, runs. Knows no workflow language, no model, no notebook."""
