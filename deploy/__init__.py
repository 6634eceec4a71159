"""What runs and shows the system outside its processes: test broker, stack, dashboards, generated documents."""
