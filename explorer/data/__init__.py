"""Images of digits and their siblings: what there is, where it lies, how it is split and prepared."""
