"""Files of unknown origin read in a child process that can do no harm; decisions/0013 says why it is our own."""
