"""Small worlds for tests: a deployment of class XS with real keys, and scenes that put every chip to use."""
