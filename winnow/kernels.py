"""The one declaration of a compiled loop: `@kernel`.

To name a loop costs nothing: numba is imported (`winnow.compiler`) when the first one is called, and
each is then compiled, or read from disk.
"""

import functools
import time
from collections.abc import Callable
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

# What loops run over.
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I8 = NDArray[np.int8]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
# Their numbers and those that loops count, which are Python's or numpy's: the type checker cannot tell.
Int = Any
Bool = Any

LOADED = time.time_ns()  # a source that was changed later is not the one that this process has loaded

Loop = TypeVar("Loop", bound=Callable[..., Any])


class Kernel:
    """A loop: what is called is its `compiled` code, and numba takes the one for the other."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        functools.update_wrapper(self, function)
        self.py_func = function
        self.options = options

    def __call__(self, *args: Any) -> Any:
        """What the loop gives."""
        return self.compiled(*args)

    @functools.cached_property
    def compiled(self) -> Any:
        """Numba's own object for the loop, a `Dispatcher`."""
        from winnow import compiler

        return compiler.make_dispatcher(self.py_func, self.options)


@overload
def kernel(function: Loop, *, allocates: bool = False, inlined: bool | None = None) -> Loop: ...
@overload
def kernel(*, allocates: bool = False, inlined: bool | None = None) -> Callable[[Loop], Loop]: ...
def kernel(
    function: Callable[..., Any] | None = None, *, allocates: bool = False, inlined: bool | None = None
) -> Any:
    """Compile a loop when it is first called, without Python's lock.

    One that neither makes arrays nor returns them need not count references to those it is handed, and
    runs up to three times as fast: it is taken to be so unless it `allocates`. `inlined` is for what is
    called for every word with many arrays, where the call alone costs more than its work. Where nothing is
    said, what an inlined loop calls is inlined too: `inlined=False` ends that before what is large and rare,
    which would be compiled again at each place, and take minutes.
    """
    if function is None:
        return functools.partial(kernel, allocates=allocates, inlined=inlined)
    options: dict[str, Any] = {"nogil": True, "_nrt": allocates}
    if inlined is not None:
        options["forceinline"] = inlined
    return Kernel(function, options)
