"""The broker that `up` starts on this machine."""
