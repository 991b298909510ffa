"""Why a reader's login is not changed or not verified."""

from chassis.errors import NotFound, Refusal


class ReaderUnknown(NotFound):
    title = "Logins are of forces, by their id, or `national`"


class LoginExists(Refusal):
    title = "There is such a login: rotate gives a new password, revoke ends it"


class LoginUnknown(NotFound):
    title = "There is no such login: create makes it"


class NotAdministrator(Refusal):
    """Trying something as somebody else, without their password, is a superuser's alone."""

    title = "Verifying needs PostgreSQL's own superuser; this server's administrator is none"
