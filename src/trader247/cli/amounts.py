"""Numbers on the command line that lie within bounds, and are numbers."""

from typing import Any

import click

__all__ = ["Amount"]


class Amount(click.FloatRange):
    """As click's range, which lets ``nan`` pass: it is neither above nor below anything."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; ``nan`` is refused as whatever else is out of bounds."""
        number = super().convert(value, param, ctx)
        if number != number:  # noqa: PLR0124 - only nan is
            self.fail(f"{value} is not in the range {self._describe_range()}.", param, ctx)
        return number
