"""The real relay, publisher and runner against a bus and a store in memory, with any misfortune."""
