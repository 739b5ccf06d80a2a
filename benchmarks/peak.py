"""The most memory that this process ever held."""

import ctypes
import platform
from pathlib import Path

MEGABYTE = 1024 * 1024


def peak_memory() -> int:
    """Read the peak of the resident memory, in bytes.

    Linux hands a parent's peak down in ru_maxrss, so there the process's own status is read.
    """
    system = platform.system()
    if system == "Windows":
        return _windows_peak()
    if system == "Linux":
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if system == "Darwin" else peak * 1024


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of the Windows API."""

    _fields_ = (
        ("cb", ctypes.c_uint32),
        ("page_faults", ctypes.c_uint32),
        ("peak_working_set", ctypes.c_size_t),
        *((f"other_{n}", ctypes.c_size_t) for n in range(7)),
    )


def _windows_peak() -> int:
    counters = _Counters()
    counters.cb = ctypes.sizeof(counters)
    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined, unused-ignore]
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    ask = kernel.K32GetProcessMemoryInfo
    ask.argtypes = (ctypes.c_void_p, ctypes.POINTER(_Counters), ctypes.c_uint32)
    if not ask(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb):
        raise OSError("Windows did not tell how much memory this process has used")
    return int(counters.peak_working_set)
