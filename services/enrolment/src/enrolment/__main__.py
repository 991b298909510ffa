"""Runs a role of enrolment: `python -m enrolment serve|consume|relay|migrate|run|rebuild`."""

from chassis.service import main
from enrolment.app import SERVICE

main(SERVICE)
