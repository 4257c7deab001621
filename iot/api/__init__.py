"""The AWS HTTP API, driven by botocore's service model."""
