"""Read models: dashboards, national figures and each force's event stream."""
