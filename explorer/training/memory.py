"""Memory that ran short: how libraries tell it, and how what nobody uses any more is given back."""

import gc
import logging
from collections.abc import Generator
from contextlib import contextmanager

import torch

from explorer.training.capture import one_at_a_time

# CUDA's libraries have words of their own; without memory for its handle cuBLAS is "not initialized".
WORDS = ("can't allocate memory", "out of memory", "ALLOC_FAILED", "CUBLAS_STATUS_NOT_INITIALIZED")

log = logging.getLogger("explorer.training")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this is how torch, its libraries or Python say that memory could not be had.

    So is what went wrong while such an error was handled: the end of a capture, say.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError | torch.OutOfMemoryError) or any(w in str(cause) for w in WORDS):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def release(device: torch.device) -> None:
    """Give memory that nobody uses any more back to the device, for other processes or another attempt."""
    gc.collect()
    if device.type == "cuda":
        with one_at_a_time:
            torch.cuda.empty_cache()


@contextmanager
def dispensable(what: str, device: torch.device) -> Generator[None, None, None]:
    """Go on without what there is no memory for, as where another program has that of a GPU."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        log.warning("%s has too little free memory for %s: %s", device, what, str(error))
