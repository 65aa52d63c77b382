"""Studies: the cells of a study, the tasks that they share, what each measured, and what follows from all of them."""
