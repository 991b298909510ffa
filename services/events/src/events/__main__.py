"""The roles of the service: python -m events serve|consume|relay|migrate|run|rebuild."""

from chassis.service import main
from events.app import SERVICE

main(SERVICE)
