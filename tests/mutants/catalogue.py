"""Every mutant by its name."""

from tests.mutants.guards import GUARDS
from tests.mutants.mutant import Mutant
from tests.mutants.orders import ORDERS

__all__ = ["MUTANTS"]

MUTANTS: dict[str, Mutant] = {mutant.name: mutant for mutant in (*ORDERS, *GUARDS)}
