"""Read models of enrolment."""
