"""The example establishment's product "AdmiPlus": an admission desk that speaks HL7 v2.

Written with other people's libraries only (hl7), as a vendor would; `--defect` makes it go wrong.
"""
