"""What can be asked of enrolment: each command loads, decides and records in one transaction."""
