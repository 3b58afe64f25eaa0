"""Speed and memory on this machine, each figure beside the one it is to be read against."""
