"""A small shop: what `app.py` has handlers for."""
