"""What holds of the public data sets as a whole: run where they lie in ../shared/data, beside the checkout."""
