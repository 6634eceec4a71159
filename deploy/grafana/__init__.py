"""Dashboards as code: panels, the two dashboards made of them, and their JSON for Grafana's provisioning."""
