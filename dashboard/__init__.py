"""The browser dashboard: it reads the store and appends commands; training happens in another process."""
