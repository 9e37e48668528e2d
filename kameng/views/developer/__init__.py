"""The developers' pages: keys, webhooks and their log, signing, examples, the sandbox."""
