"""What assessment keeps of other services' facts."""
