"""Under which license a page is: names, claims and who they speak of, in the languages of most pages."""
