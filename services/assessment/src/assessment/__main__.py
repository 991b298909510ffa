"""Runs a role of the service."""

from assessment.app import SERVICE
from chassis.service import main

main(SERVICE)
