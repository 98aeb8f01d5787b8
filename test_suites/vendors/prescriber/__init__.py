"""« Cabinet+ », a made-up prescriber's product: issues biology prescriptions.

It is written on requests, Authlib, fhir.resources and reportlab, and knows nothing of the lab.
"""
