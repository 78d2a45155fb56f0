"""How Twitch's events reach the service: by webhook or WebSocket, behind one interface."""
