"""What `python app.py` and a Space run: settings from the environment, one set of services, the page."""

from __future__ import annotations

import sys

from phi4web.engine.remote_list import with_default
from phi4web.errors import Phi4webError
from phi4web.settings import read


def main() -> int:
    from phi4web.runs import open_services
    from phi4web.ui.app import launch, require_free_port

    try:
        settings = with_default(read())
        require_free_port(settings)  # before the store is opened, which another server may be using
        launch(open_services(settings), settings)
    except Phi4webError as error:
        print(f"phi4web: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
