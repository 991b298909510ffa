"""What reporting does about other services' events, beside its read models."""

from npp_contracts.enrolment import HoldLifted, HoldPlaced, LearnerErased
from reporting.store.privacy import PRIVACY

FLOWS = [PRIVACY.flow(LearnerErased, HoldPlaced, HoldLifted)]
