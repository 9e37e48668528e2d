"""The portal's pages: parse, call one service, show."""
