"""torchrun, also with torch 1.13 on Python 3.11 (Debian 12), where it fails at its start: its flags `Std` rely on what
`Flag` did before 3.11. Nothing else is changed."""
import sys

from torch.distributed.elastic.multiprocessing import Std
from torch.distributed.run import main

if Std.from_str("0") is None:
    Std.from_str = classmethod(lambda cls, text: Std.NONE)

if __name__ == "__main__":
    sys.exit(main())
