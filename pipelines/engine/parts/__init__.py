"""From files to the parts of a stage: what there is, what is done, what has to run."""
