"""The local stack's own OIDC issuer: real keys and flows, invented people."""
