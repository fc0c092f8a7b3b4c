"""What makes a stage the stage it is: the code of its steps."""
