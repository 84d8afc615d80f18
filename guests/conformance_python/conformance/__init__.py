"""What `app.py` has handlers for, a module for each interface."""
