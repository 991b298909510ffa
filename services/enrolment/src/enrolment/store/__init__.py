"""Tables, what is mapped to them, and the queries of enrolment."""
