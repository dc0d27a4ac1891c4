"""Bring a bundle's dashboards into Superset; run by Superset's own Python. What is there already is overwritten."""

import sys
from zipfile import ZipFile

import yaml
from superset.app import create_app


def main(path: str) -> None:
    """Import a bundle written by ``junheng dashboards``, on behalf of user admin."""
    with create_app().app_context():
        from flask import g
        from superset import security_manager
        from superset.commands.importers.v1.assets import ImportAssetsCommand
        from superset.commands.importers.v1.utils import get_contents_from_bundle

        g.user = security_manager.find_user(username="admin")
        with ZipFile(path) as bundle:
            contents = get_contents_from_bundle(bundle)
        # As assets, everything is overwritten; as a dashboard, its charts and datasets would stay what they were.
        contents["metadata.yaml"] = yaml.safe_dump({**yaml.safe_load(contents["metadata.yaml"]), "type": "assets"})
        ImportAssetsCommand(contents).run()


if __name__ == "__main__":
    main(sys.argv[1])
