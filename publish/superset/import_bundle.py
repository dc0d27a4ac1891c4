"""Bring a bundle's dashboards into Superset; run by Superset's own Python. What is there already is overwritten."""

import sys
from zipfile import ZipFile

import yaml
from superset.app import create_app


def main(path: str, per_person: bool = False) -> None:
    """Import a bundle written by ``junheng dashboards``, on behalf of user admin.

    Args:
        path: the bundle.
        per_person: each person reads as its own login (``persons.py``), by a role that may look at these dashboards.
    """
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
        (name,) = (name for name in contents if name.startswith("databases/"))
        database = {**yaml.safe_load(contents[name]), "impersonate_user": per_person}
        contents[name] = yaml.safe_dump(database)
        ImportAssetsCommand(contents).run()
        if per_person:
            _make_role(database["uuid"])


def _make_role(database_uuid: str) -> None:
    """Give the role of readers what Superset's Gamma may do, and this one database."""
    from superset import db, security_manager
    from superset.models.core import Database

    from publish.superset.persons import ROLE

    database = db.session.query(Database).filter_by(uuid=database_uuid).one()
    role = security_manager.add_role(ROLE)
    role.permissions = [
        *security_manager.find_role("Gamma").permissions,
        security_manager.add_permission_view_menu("database_access", database.perm),
    ]
    db.session.commit()


if __name__ == "__main__":
    main(sys.argv[1], "--per-person" in sys.argv[2:])
