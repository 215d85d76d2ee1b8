"""``python -m trader247`` is ``trader247``."""

from trader247.cli.main import main

if __name__ == "__main__":
    main()
