"""`python -m portfolio serve|consume|relay|migrate|run|rebuild`."""

from chassis.service import main
from portfolio.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
