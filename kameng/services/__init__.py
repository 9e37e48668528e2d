"""What the business does with agents, in the order in which it happens.

applications (apply, approve, reject) → tree (create the agent) → agents (suspend, reinstate,
re-tier) → commissions (accrue, take back, settle).
"""
