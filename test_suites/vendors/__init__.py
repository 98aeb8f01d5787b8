"""Example vendor programs: two made-up products that stand for the outside world.

They are started as processes, import nothing of the lab, and nothing of the lab imports them.
"""
