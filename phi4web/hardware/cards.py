"""Known graphics cards, and the ways to name one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from phi4web.errors import BadInput
from phi4web.hardware.types import GIB, Gpu, GpuKind


@dataclass(frozen=True, slots=True)
class Card:
    """A row of the table: GiB as the driver reports them, GB/s of memory bandwidth."""

    name: str
    gib: float
    capability: tuple[int, int] | None
    gb_per_second: float
    kind: GpuKind = "cuda"
    source: str = "nvidia.com product page; capability: developer.nvidia.com/cuda-gpus"

    def gpu(self) -> Gpu:
        size = round(self.gib * GIB)
        return Gpu(self.name, self.capability, size, size, self.kind, self.gb_per_second * 1e9, self.source)


_AMD = "amd.com product page"
_INTEL = "intel.com product page"
_APPLE = "apple.com technical specifications; the GPU may use three quarters of the memory"

# The data-centre cards keep some memory for error correction, so the driver reports less than the name says.
KNOWN_GPUS: tuple[Card, ...] = (
    Card("RTX 5090", 32, (12, 0), 1792),
    Card("RTX 5080", 16, (12, 0), 960),
    Card("RTX 5070 Ti", 16, (12, 0), 896),
    Card("RTX 5070", 12, (12, 0), 672),
    Card("RTX 5060 Ti 16GB", 16, (12, 0), 448),
    Card("RTX 5060 Ti 8GB", 8, (12, 0), 448),
    Card("RTX 5060", 8, (12, 0), 448),
    Card("RTX 4090", 24, (8, 9), 1008),
    Card("RTX 4080", 16, (8, 9), 717),
    Card("RTX 4080 SUPER", 16, (8, 9), 736),
    Card("RTX 4070 Ti SUPER", 16, (8, 9), 672),
    Card("RTX 4070 Ti", 12, (8, 9), 504),
    Card("RTX 4070 SUPER", 12, (8, 9), 504),
    Card("RTX 4070", 12, (8, 9), 504),
    Card("RTX 4060 Ti 16GB", 16, (8, 9), 288),
    Card("RTX 4060 Ti 8GB", 8, (8, 9), 288),
    Card("RTX 4060", 8, (8, 9), 272),
    Card("RTX 3090 Ti", 24, (8, 6), 1008),
    Card("RTX 3090", 24, (8, 6), 936),
    Card("RTX 3080 Ti", 12, (8, 6), 912),
    Card("RTX 3080 12GB", 12, (8, 6), 912),
    Card("RTX 3080 10GB", 10, (8, 6), 760),
    Card("RTX 3070", 8, (8, 6), 448),
    Card("RTX 3060 Ti", 8, (8, 6), 448),
    Card("RTX 3060 12GB", 12, (8, 6), 360),
    Card("RTX 3050", 8, (8, 6), 224),
    Card("RTX 2080 Ti", 11, (7, 5), 616),
    Card("RTX 2080", 8, (7, 5), 448),
    Card("RTX 2070", 8, (7, 5), 448),
    Card("RTX 2060", 6, (7, 5), 336),
    Card("GTX 1660 Ti", 6, (7, 5), 288),
    Card("GTX 1080 Ti", 11, (6, 1), 484),
    Card("GTX 1080", 8, (6, 1), 320),
    Card("GTX 1070", 8, (6, 1), 256),
    Card("GTX 1060 6GB", 6, (6, 1), 192),
    Card("P100 16GB", 16, (6, 0), 732),
    Card("V100 16GB", 15.8, (7, 0), 900),
    Card("V100 32GB", 31.7, (7, 0), 900),
    Card("T4", 15.0, (7, 5), 320),
    Card("A10", 22.5, (8, 6), 600),
    Card("A10G", 22.5, (8, 6), 600),
    Card("A40", 45.0, (8, 6), 696),
    Card("A100 40GB", 39.6, (8, 0), 1555),
    Card("A100 80GB", 79.3, (8, 0), 2039),
    Card("L4", 22.5, (8, 9), 300),
    Card("L40S", 45.0, (8, 9), 864),
    Card("H100 80GB", 79.6, (9, 0), 3350),
    Card("H200", 140.4, (9, 0), 4800),
    Card("B200", 179.1, (10, 0), 8000),
    Card("RTX A6000", 47.5, (8, 6), 768),
    Card("RTX 6000 Ada", 47.5, (8, 9), 960),
    Card("RTX PRO 6000", 95.6, (12, 0), 1792),
    Card("RX 9070 XT", 16, None, 645, "rocm", _AMD),
    Card("RX 7900 XTX", 24, None, 960, "rocm", _AMD),
    Card("RX 7900 XT", 20, None, 800, "rocm", _AMD),
    Card("RX 7800 XT", 16, None, 624, "rocm", _AMD),
    Card("RX 7700 XT", 12, None, 432, "rocm", _AMD),
    Card("MI300X", 192, None, 5300, "rocm", _AMD),
    Card("Arc B580", 12, None, 456, "xpu", _INTEL),
    Card("Arc A770 16GB", 16, None, 560, "xpu", _INTEL),
    Card("Apple M2 16GB", 12, None, 100, "mps", _APPLE),
    Card("Apple M4 16GB", 12, None, 120, "mps", _APPLE),
    Card("Apple M4 Pro 24GB", 18, None, 273, "mps", _APPLE),
    Card("Apple M3 Max 64GB", 48, None, 400, "mps", _APPLE),
)

# words of drivers and shops that tell no card from another
_BRANDS = ("nvidia", "geforce", "tesla", "quadro", "amd", "radeon", "intel", "rtx", "gtx", "rx")
_NOISE = frozenset((*_BRANDS, "graphics", "gpu", "card", "blackwell", "server", "workstation", "edition", "generation"))
_NOISE_FORM = re.compile(r"sxm\d?|pcie|hbm\w*|nvl")
_SIZE = re.compile(r"(\d+)gb")


def _words(name: str) -> tuple[frozenset[str], int | None]:
    """The words that tell a card, and its size in GB if named. "RTX 3060 12GB" and "3060 (12 GiB)" come out the same."""
    text = re.sub(r"(\d+)\s*gi?b\b", r" \1gb ", name.lower().replace("(tm)", " ").replace("(r)", " "))
    text = re.sub(r"\b(rtx|gtx|rx)(?=\d)", r"\1 ", text)
    text = re.sub(r"(\d{4})(ti|super|xtx|xt)\b", r"\1 \2", text)
    words = [w for w in re.split(r"[^a-z0-9]+", text) if w and not _NOISE_FORM.fullmatch(w)]
    sizes = [int(m[1]) for w in words if (m := _SIZE.fullmatch(w))]
    return frozenset(w for w in words if w not in _NOISE and not _SIZE.fullmatch(w)), sizes[0] if sizes else None


def cards_named(name: str) -> list[Card]:
    """The cards that this name may mean: the same words, and the same size where both tell one."""
    words, size = _words(name)
    alike = [(card, _words(card.name)[1] or round(card.gib)) for card in KNOWN_GPUS if _words(card.name)[0] == words]
    return [card for card, gb in alike if size is None or gb == size or abs(card.gib - size) < 1]


def gpu_by_name(name: str) -> Gpu:
    """A card of the table, by any usual way of writing its name. Raises BadInput with the closest names."""
    cards = cards_named(name) or cards_named(f"{name}GB")
    if len(cards) == 1:
        return cards[0].gpu()
    if cards:
        raise BadInput(f"{name.strip()!r} could be more than one card.", f"Say which: {', '.join(c.name for c in cards)}.")
    known = {c.name.lower(): c.name for c in KNOWN_GPUS}
    shared = [c.name for c in KNOWN_GPUS if _words(c.name)[0] & _words(name)[0] & frozenset(re.findall(r"\w*\d\w*", name.lower()))]
    close = shared[:4] or [known[n] for n in get_close_matches(name.strip().lower(), list(known), n=4, cutoff=0.5)]
    hint = f"Did you mean {', '.join(close)}? Or give its memory, for example --vram 12." if close else "Give its memory: --vram 12."
    raise BadInput(f"The card {name.strip()[:80]!r} is not in the table.", hint)


def gpu_with(gib: float) -> Gpu:
    """Some recent NVIDIA card of this size. Raises BadInput for a size that no card has."""
    if not 0.5 <= gib <= 2048:
        raise BadInput(f"{gib} GiB is not the memory of a graphics card.", "Give gibibytes, for example 12.")
    size = round(gib * GIB)
    return Gpu(f"{gib:g} GiB card", (8, 6), size, size, source="asked for")


def bandwidth(name: str, total_bytes: int) -> float | None:
    """From the table, for the card of this name that is nearest in size."""
    near = sorted(cards_named(name), key=lambda card: abs(card.gib * GIB - total_bytes))
    return near[0].gb_per_second * 1e9 if near else None
