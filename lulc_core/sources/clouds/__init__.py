"""Where clouds are, for imagery that has no map of them: the trees of s2cloudless, or a guess at bright cloud."""
