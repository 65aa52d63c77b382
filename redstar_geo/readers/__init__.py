"""Who reads pictures: models behind one interface, `formalise.PictureReader`; a person's is `formalise.corrected`."""
