"""The services: a folder, three processes, and what starts, watches and stops them."""
