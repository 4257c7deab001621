"""AWS IoT rules SQL: text to tree to compiled Python."""
