"""Every mutant by its name."""

from tests.mutants.caps import CAPS
from tests.mutants.guards import GUARDS
from tests.mutants.mutant import Mutant
from tests.mutants.orders import ORDERS
from tests.mutants.told import TOLD

__all__ = ["MUTANTS"]

MUTANTS: dict[str, Mutant] = {mutant.name: mutant for mutant in (*ORDERS, *CAPS, *GUARDS, *TOLD)}
