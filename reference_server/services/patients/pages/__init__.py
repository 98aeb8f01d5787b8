"""The worklist of identity officers as pages."""
