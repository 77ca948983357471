"""What a full replay came to, for people: tables, files, one page to look at."""
