"""What tests of the chassis and of services share."""
