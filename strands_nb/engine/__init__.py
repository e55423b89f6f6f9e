"""The core: events, journal, the door, runs. Knows no workflow language, no model, no notebook.

Its modules are imported by name; nothing is re-exported here, so that none costs the import of all.
"""

from __future__ import annotations

__all__: tuple[str, ...] = ()
