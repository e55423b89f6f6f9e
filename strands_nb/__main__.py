"""`python -m strands_nb`: the command line, where its script is not on the path."""

from strands_nb.cli import main

if __name__ == "__main__":
    main()
