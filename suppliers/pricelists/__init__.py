"""Suppliers' price lists: fetched whole, kept with their history, matched, proposed, guarded.

fetching   asks a supplier for its list, by the clock or by a button
reading    believes a list or says why not: never half a list for a whole one
storing    keeps the lines and every change of them
matching   how sure it is that a line is one of our SKUs, and why
proposing  what staff might accept: new offers, new costs
deciding   staff accept or refuse
guarding   takes an offer out at once when it costs more than it sells for, or is gone
"""
