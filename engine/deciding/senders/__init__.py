"""Those who post submissions: builders of forms and sites, ads, surveys."""
