"""What a file may look like, as data: sources and their forms (``extract/sources``), words and units."""
