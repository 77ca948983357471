"""The gateway: the sequencer's HTTP and WebSocket doors, and the page in the browser."""
