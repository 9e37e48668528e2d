-- The foreign keys of a textbook, all but one: an account of each posting. With that key every
-- purchase would lock the shop's own accounts for its while.
ALTER TABLE orders ADD FOREIGN KEY (wallet_id) REFERENCES wallet;
ALTER TABLE card ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE posting ADD FOREIGN KEY (entry_id) REFERENCES entry;
ALTER TABLE commission ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE timeline ADD FOREIGN KEY (order_id) REFERENCES orders;
