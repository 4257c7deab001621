"""AWS IoT policies: documents, variables, evaluation."""
