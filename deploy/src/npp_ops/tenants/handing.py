"""What a force is given with its password, and what its client reads."""

from npp_ops.handing import Note
from npp_ops.tenants.access import MECHANISMS, SHA_512, group_prefix_of, user_of
from npp_ops.tenants.verifying import Outside

_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule"


def client_properties(force_id: str, password: str, outside: Outside) -> str:
    """What a Kafka client of the force needs, as the Java one reads it."""
    login = f'{_MODULE} required username="{user_of(force_id)}" password="{password}";'
    settings = {
        "bootstrap.servers": outside.servers,
        "security.protocol": "SASL_SSL" if outside.tls else "SASL_PLAINTEXT",
        "sasl.mechanism": MECHANISMS[SHA_512],
        "sasl.jaas.config": login,
        "group.id": f"{group_prefix_of(force_id)}reader",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def note(outside: Outside, force_id: str, password: str) -> Note:
    """What a force is given with its password."""
    user = user_of(force_id)
    return Note(
        about={"force": force_id, "user": user},
        shown={"password": password, "servers": outside.servers},
        file=f"{user}.properties",
        content=client_properties(force_id, password, outside),
    )
