import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from phi4web import hardware
from phi4web.errors import BadInput
from phi4web.hardware import GIB, KNOWN_GPUS, Card, gpu_by_name, gpu_with, gpus, machine, machine_with, probe


@pytest.mark.parametrize("card", KNOWN_GPUS, ids=lambda c: c.name)
def test_every_card_of_the_table_is_found_by_its_name_and_says_where_its_figures_come_from(card: Card) -> None:
    gpu = gpu_by_name(card.name)
    assert (gpu.name, gpu.capability, gpu.kind) == (card.name, card.capability, card.kind)
    assert gpu.total_bytes == gpu.free_bytes == round(card.gib * GIB)
    assert 50e9 < (gpu.bandwidth or 0) < 1e13
    assert gpu.source
    assert (gpu.capability is not None) == (gpu.kind == "cuda")


@pytest.mark.parametrize(
    ("name", "card"),
    [
        ("rtx 3060", "RTX 3060 12GB"),
        ("3060", "RTX 3060 12GB"),
        ("RTX3060 12 GiB", "RTX 3060 12GB"),
        ("NVIDIA GeForce RTX 3060", "RTX 3060 12GB"),
        ("rtx4090", "RTX 4090"),
        ("NVIDIA GeForce RTX 4070 Ti SUPER", "RTX 4070 Ti SUPER"),
        ("4070ti", "RTX 4070 Ti"),
        ("4060 Ti 16 GB", "RTX 4060 Ti 16GB"),
        ("gtx1080ti", "GTX 1080 Ti"),
        ("Tesla T4", "T4"),
        ("Tesla V100-SXM2-16GB", "V100 16GB"),
        ("NVIDIA A100-SXM4-80GB", "A100 80GB"),
        ("A100 40", "A100 40GB"),
        ("NVIDIA H100 80GB HBM3", "H100 80GB"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA RTX A6000", "RTX A6000"),
        ("RTX 6000 Ada Generation", "RTX 6000 Ada"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000"),
        ("AMD Radeon RX 7900 XTX", "RX 7900 XTX"),
        ("rx7700xt", "RX 7700 XT"),
        ("Intel(R) Arc(TM) B580 Graphics", "Arc B580"),
        ("apple m4 pro", "Apple M4 Pro 24GB"),
    ],
)
def test_a_card_is_found_by_the_names_of_drivers_and_shops(name: str, card: str) -> None:
    assert gpu_by_name(name).name == card


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("A100", "'A100' could be more than one card. Say which: A100 40GB, A100 80GB."),
        ("RTX 3080", "Say which: RTX 3080 12GB, RTX 3080 10GB."),
        ("RTX 3061", "'RTX 3061' is not in the table. Did you mean RTX 30"),
        ("RTX 4090 16GB", "'RTX 4090 16GB' is not in the table. Did you mean RTX 4090"),
        ("RTX 4070 Laptop GPU", "Did you mean RTX 4070"),
        ("toaster", "'toaster' is not in the table. Give its memory: --vram 12."),
        ("", "'' is not in the table"),
    ],
)
def test_an_unknown_or_ambiguous_card_is_one_clear_line(name: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        gpu_by_name(name)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_laptop_card_is_not_taken_for_the_desktop_one() -> None:
    """It has less memory, so a plan for the desktop card would not hold."""
    with pytest.raises(BadInput):
        gpu_by_name("NVIDIA GeForce RTX 4090 Laptop GPU")


def test_any_size_can_be_asked_about() -> None:
    assert gpu_with(11.5).total_bytes == round(11.5 * GIB)
    for wrong in (0, -1, float("nan"), float("inf"), 1e9):
        with pytest.raises(BadInput, match="not the memory of a graphics card"):
            gpu_with(wrong)


def test_another_card_can_be_put_into_this_machine() -> None:
    here = replace(hardware.cpu_only(7), flash_attn=True, notes=("something about this machine",))
    there = machine_with(gpu_by_name("T4"), here)
    assert (there.gpus[0].name, there.ram_bytes, there.flash_attn, there.notes) == ("T4", 7 * GIB, True, ())


def test_probe_tells_plausible_figures_of_this_machine(tmp_path: Path) -> None:
    here = probe(tmp_path / "not" / "there" / "yet")
    assert here.cpu_name
    assert here.cores >= 1
    assert 0 < here.free_ram_bytes <= here.ram_bytes
    assert here.disk_free_bytes > 0
    assert here.bitsandbytes


def test_what_is_free_is_asked_again_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = replace(machine_with(gpu_by_name("T4"), hardware.cpu_only(7)), free_ram_bytes=1, disk_free_bytes=1)
    monkeypatch.setattr(machine, "found_gpus", lambda notes: ((replace(stale.gpus[0], free_bytes=5),), "", ()))
    now = hardware.refreshed(stale, tmp_path)
    assert (now.gpus[0].free_bytes, now.ram_bytes) == (5, 7 * GIB)
    assert min(now.free_ram_bytes, now.disk_free_bytes) > 1
    monkeypatch.setattr(machine, "found_gpus", lambda notes: ((), "", ()))
    assert hardware.refreshed(stale, tmp_path).gpus == stale.gpus


def test_probe_does_not_load_torch_where_no_gpu_can_be() -> None:
    """It would cost seconds at every start."""
    if gpus.may_have_gpu():
        pytest.skip("this machine may have a GPU")
    code = "import sys, phi4web.hardware as h; h.probe(); print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def fake_torch(**parts: object) -> SimpleNamespace:
    """Only what the probe asks PyTorch for."""
    off = SimpleNamespace(is_available=lambda: False)
    return SimpleNamespace(cuda=off, xpu=off, backends=SimpleNamespace(mps=off), version=SimpleNamespace(hip=None), **parts)


def test_cuda_cards_come_with_free_memory_and_the_bandwidth_of_the_table() -> None:
    torch = fake_torch()
    torch.cuda = SimpleNamespace(
        is_available=lambda: True,
        device_count=lambda: 2,
        get_device_properties=lambda i: SimpleNamespace(name=["NVIDIA GeForce RTX 3080", "NVIDIA Something New"][i], major=8, minor=6),
        mem_get_info=lambda i: (9 * GIB, round(9.8 * GIB)),
    )
    known, new = gpus._cuda(torch)
    assert (known.capability, known.free_bytes, known.kind, known.bandwidth) == ((8, 6), 9 * GIB, "cuda", 760e9)
    assert (new.name, new.bandwidth) == ("NVIDIA Something New", None)
    torch.version.hip = "6.2"
    assert [(g.kind, g.capability) for g in gpus._cuda(torch)] == [("rocm", None)] * 2


def test_no_gpu_is_no_card() -> None:
    torch = fake_torch()
    assert gpus._cuda(torch) + gpus._xpu(torch) + gpus._mps(torch) == ()


def test_a_limit_that_is_no_number_is_no_limit(tmp_path: Path) -> None:
    """The kernel writes the word max where a container has no limit."""
    (tmp_path / "max").write_text("max\n")
    (tmp_path / "number").write_text("1048576\n")
    assert machine._number_in(str(tmp_path / "max")) is None
    assert machine._number_in(str(tmp_path / "number")) == 1_048_576
    assert machine._number_in(str(tmp_path / "absent")) is None


@pytest.mark.parametrize(("features", "bf16"), [({"avx2"}, False), ({"avx512f"}, False), ({"avx512_bf16"}, True), ({"amx_bf16"}, True)])
def test_bf16_on_a_cpu_needs_its_own_instructions(features: set[str], bf16: bool) -> None:
    assert hardware.cpu_only(8, frozenset(features)).cpu_bf16 is bf16
