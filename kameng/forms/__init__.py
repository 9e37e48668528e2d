"""The portal's forms: what people type, checked before any service is called."""
