"""What a row of the board is: a program with its sizes and data, the same mathematics for the peers, and the least work
that it takes. The rows themselves are in rows/, a file for each letter."""

from dataclasses import dataclass, field
from typing import Callable, Optional


@dataclass
class Row:
    letter: str
    title: str                              # says what is computed and how large
    program: str                            # of bench/programs
    sizes: dict                             # the extent of every axis
    data: Callable                          # (random generator, sizes) -> {argument: array or number}
    entry: str = ""
    torch: Optional[Callable] = None        # (**data) -> result or results; tensors
    torch_out: Optional[Callable] = None    # the same, that writes into memory it is given: (**data) -> function
    torch_run: Optional[Callable] = None    # (data, compile) -> (function, outputs): where the forms above do not do
    jax: Optional[Callable] = None          # (**data) -> result or results; arrays
    jax_run: Optional[Callable] = None
    numpy: Optional[Callable] = None        # (**data) -> function, which writes into memory that it keeps
    others: list = field(default_factory=list)  # (name, data -> (run(times), outputs)) more contestants
    by: tuple = ()                          # gradients by these are wanted; the peers' frameworks take them
    upstream: str = ""                      # the name of what the gradients are weighed by, where the result has axes
    results: tuple = ()                     # names of the outputs, as the peers give them; else all, in order
    reads: float = 0                        # bytes that must be read at least, over all passes
    writes: float = 0
    operations: float = 0                   # a multiply-add is two
    real: str = "f32"
    tiny: bool = False                      # peers: eager PyTorch alone, times 1000
    reference: Optional[Callable] = None    # (thinned, **data) -> results, thinned; else torch in float64
                                            # (float64 rows need more digits)
    compiled: bool = True                   # whether torch.compile is tried
    budget: float = 1.0                     # of the time of a row

    @property
    def key(self):
        return f"{self.letter} {self.title}"
