"""`python -m reporting serve|consume|relay|migrate|run|rebuild`."""

from chassis.service import main
from reporting.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
