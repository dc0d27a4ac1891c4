"""From files as people make them to typed, traceable cells: landing store, readers, form engine."""
