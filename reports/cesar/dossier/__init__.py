"""A vendor's dossier: who answers, with which evidence, reviewed by whom, measured how; pure."""
