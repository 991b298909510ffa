"""Evidence, decisions and sign-off."""
