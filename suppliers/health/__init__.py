"""How each supplier is: its balance, its answers, when it is paused and how it comes back."""
