"""``seesaw serve``."""

import argparse


def serve(arguments: argparse.Namespace) -> None:
    """Serve the dashboard until Ctrl-C."""
    # The dashboard is above this package: it is looked for only when it is asked for.
    from importlib import import_module

    launch = import_module("dashboard.launch")
    launch.serve(
        arguments.store,
        arguments.host,
        arguments.port,
        not arguments.no_browser,
        allow_hosts=arguments.allow_host,
        ask=not arguments.open,
        train_links=arguments.train_links,
        for_class=arguments.for_class,
    )
