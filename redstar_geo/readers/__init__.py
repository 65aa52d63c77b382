"""Who reads pictures, behind one interface, `formalise.PictureReader`: models, and the strokes of clean drawings; a
person's reading is `formalise.corrected`."""
