"""How to talk to a CRM: one contract, one folder per vendor."""
