"""The shapes of what `prompts/` holds. `pipeline/content.py` fills them; nobody else reads the files."""
