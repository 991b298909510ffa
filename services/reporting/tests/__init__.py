"""The figures from events, their disclosure, the API, the stream and the page."""
