"""The web server: the ASGI application, its routes and its theme."""
