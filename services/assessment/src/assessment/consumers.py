"""What assessment does about other services' events, beside its read models."""

from assessment.store.privacy import PRIVACY
from npp_contracts.enrolment import HoldLifted, HoldPlaced, LearnerErased

FLOWS = [PRIVACY.flow(LearnerErased, HoldPlaced, HoldLifted)]
