"""« LaboScan », a made-up laboratory's product: reads the printed code, dispenses.

It is written on httpx, joserfc, pypdfium2 and zxing-cpp, and knows nothing of the lab that judges.
"""
