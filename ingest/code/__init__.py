"""What a repository of code is read by: archives, git, languages, licenses, notebooks, imports."""
