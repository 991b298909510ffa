"""Why a tenant's access is not changed or not verified."""

from chassis.errors import Invalid, NotFound, Refusal


class ForceUnknown(NotFound):
    title = "No force has that id"


class TenantExists(Refusal):
    title = "The force has access already: rotate gives a new password, revoke ends it"


class TenantUnknown(NotFound):
    title = "The force has no access: create gives it"


class TenantRevoked(Refusal):
    title = "The force's access was ended: create gives it anew"


class OneChoice(Invalid):
    title = "A force or --all, one of them"


class FolderNeeded(Invalid):
    title = "Passwords of many are not printed: --to names a folder of your own for them"


class OutsideUnknown(Invalid):
    title = "Where forces reach these brokers is not known: set KAFKA_OUTSIDE_SERVERS"


class TopicHoldsRecords(Refusal):
    title = "The topic is not empty: --anew deletes it first, with what is in it"


class NotTaken(Refusal):
    """The brokers refused a change that we are entitled to: their word is in the detail."""

    title = "The brokers did not take the change"
