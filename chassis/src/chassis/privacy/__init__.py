"""What a service holds about learners: told, erased and disposed of by one declaration."""

from chassis.privacy.holdings import Holding, Impersonal
from chassis.privacy.keeping import Privacy

__all__ = ["Holding", "Impersonal", "Privacy"]
