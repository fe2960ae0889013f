"""Odoo CRM: contacts, companies, opportunities, activities and notes of one database."""
