"""What the database knows of its tables' sizes, which its plans follow."""

from django.db import connection


def refresh() -> None:
    """Let the database look at its tables anew, after very many rows have come; it reads samples only."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")
        cursor.execute("ANALYZE")
