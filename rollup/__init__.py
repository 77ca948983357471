"""What is true: the state, the actions that change it, and the record of why each change was allowed."""
