"""CUDA graphs: work of a device recorded once, and launched as a whole from then on."""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import torch

WARM_UP_STEPS = 3  # let libraries choose kernels and allocate before the capture

# Within a process only one capture may be under way (PyTorch's notes on CUDA graphs), and what waits for a
# whole device or gives its memory back, as the beginning of a capture does, would spoil one.
one_at_a_time = threading.RLock()


def capture(
    bodies: Mapping[bool, Callable[[], None]],
    device: torch.device,
    generators: Sequence[torch.Generator],
    rewind: Callable[[], object],
) -> dict[bool, Callable[[], None]]:
    """Launches of what the bodies do, which share the memory for what they forget at their end.

    Each body is run a few times before, after ``rewind`` each: the caller puts back what that changed. What
    is drawn from the ``generators`` is drawn anew at every launch. The other threads of the process may go on
    training on this device meanwhile.
    """
    launches: dict[bool, Callable[[], None]] = {}
    with one_at_a_time, torch.cuda.device(device):
        stream = _stream(device)
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_STEPS):
                for body in bodies.values():
                    rewind()
                    body()
        torch.cuda.current_stream().wait_stream(stream)
        pool = None
        for name, body in bodies.items():
            graph = torch.cuda.CUDAGraph()
            for generator in generators:
                graph.register_generator_state(generator)
            with torch.cuda.graph(graph, pool=pool, stream=stream, capture_error_mode="thread_local"):
                body()
            pool = graph.pool()
            launches[name] = graph.replay
    return launches


@cache
def _stream(device: torch.device) -> torch.cuda.Stream:
    """One for all captures on a device: libraries keep a workspace for every stream that they have seen.

    The one that PyTorch would take is that of the device of the first capture, whichever comes next.
    """
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
