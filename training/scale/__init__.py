"""A large catalogue with rounds, predictions and weeks of health: what the dashboards are measured on."""
