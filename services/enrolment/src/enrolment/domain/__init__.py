"""What enrolment decides: pure functions over plain state."""
