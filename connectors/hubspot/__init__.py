"""HubSpot: objects by dated paths, batches, and a search that lags."""
