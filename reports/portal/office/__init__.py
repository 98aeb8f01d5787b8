"""What vendors' dossiers are kept in and who may open them; knows no page."""
