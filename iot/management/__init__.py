"""Puts processes together and starts them."""
