#!/usr/bin/env drgn
# SPDX-License-Identifier: GPL-2.0
"""What myslab knows, from a dump of a kernel that went down.

    drgn -c VMCORE -s VMLINUX -s myslab.ko [-s DRIVER.ko] tools/crash.py [WHAT]

WHAT is reports (the last findings), rows (allocators), sites (objects that are
out, by who allocated them, with L), or whatis ADDRESS|CACHE#SLAB.INDEX; without
it, the first three. It wants a drgn that knows the kernel's modules: for 6.12,
0.0.31 does. Stacks are there with U.
"""
# pylint: disable=undefined-variable
import sys

from drgn import FaultError, cast
from drgn.helpers.linux.list import (hlist_for_each_entry,
                                     list_for_each_entry)
from drgn.helpers.linux.mm import virt_to_page

PAGE = 4096
STATES = ("new", "out", "out", "freed", "held in quarantine",
          "waiting for a grace period", "waiting for a grace period", "free")


def text(array):
    return array.string_().decode("ascii", "replace")


def symbol(addr):
    try:
        sym = prog.symbol(addr)
        return f"{sym.name}+{addr - sym.address:#x}"
    except LookupError:
        return f"{addr:#x}"


def seconds(when):
    return f"{when // 10**9}.{when // 1000 % 10**6:06}"


def enum_names(name):
    return {v: k for k, v in prog.type(name).enumerators}


def kind_names():
    return [text(name) for name in prog["myslab_kind_names"]]


def allocators():
    return list_for_each_entry("struct myslab_allocator",
                               prog["myslab_registry"].address_of_(), "link")


def row_of(allocator):
    return f"{text(allocator.type.name)} {text(allocator.name)}"


def is_type(allocator, name):
    return text(allocator.type.name) == name


def print_rows():
    kinds = kind_names()
    print("# allocators: pages, failed calls, owner, findings")
    for a in allocators():
        found = [f"{kinds[i]} {n.counter.value_()}"
                 for i, n in enumerate(a.findings) if n.counter]
        print(f"{row_of(a)}: {a.nr_pages.counter.value_()} pages,"
              f" {a.failures.counter.value_()} failed,"
              f" [{text(a.owner_name)}] {', '.join(found)}".rstrip())


def print_reports():
    kinds = kind_names()
    ring = prog.variable("ring", "mod/findings.c")
    found = sorted((e for e in ring if e.seq), key=lambda e: e.seq.value_())
    print(f"# the last {len(found)} findings, the oldest first")
    for e in found:
        print(f"{seconds(e.when.value_())} {kinds[e.kind]}:"
              f" {text(e.allocator)} {text(e.name)}:"
              f" {text(e.object) or '-'} by {text(e.comm)},"
              f" pid {e.pid.value_()}, cpu {e.cpu.value_()}")
        for line in (text(e.text), text(e.site)):
            if line:
                print(f"    {line}")


def print_sites():
    rows = []
    for table in list_for_each_entry("struct myslab_sites",
                                     prog["myslab_site_tables"].address_of_(),
                                     "link"):
        for site in table.site:
            if site.objects.counter > 0:
                addr = site.addr.value_()
                rows.append((site.bytes.counter.value_(),
                             site.objects.counter.value_(),
                             text(site.text) if site.text else symbol(addr),
                             row_of(table.allocator)))
    print("# bytes and objects that are out, by site; with L")
    for row in sorted(rows, reverse=True):
        print("{:12} {:8} {} {}".format(*row))


def print_tracks(tracks):
    for i, what in enumerate(("allocated", "freed", "before that, allocated",
                              "before that, freed")):
        track = tracks[i]
        if not track.when:
            continue
        print(f"{what} at {seconds(track.when.value_())} by"
              f" {text(track.comm)}, pid {track.pid.value_()},"
              f" cpu {track.cpu.value_()}:")
        for frame in list(track.frames)[:track.nr]:
            print(f"    {symbol(frame.value_())}")


def caches_of(allocator):
    """The caches whose slabs are an allocator's: (cache, its side or None)."""
    if is_type(allocator, "cache"):
        cache = cast("struct myslab_cache *", allocator)
        yield cache, None
        for side in hlist_for_each_entry("struct myslab_side",
                                         cache.sides.address_of_(), "link"):
            yield side.cache.address_of_(), side
    elif is_type(allocator, "heap"):
        for cache in cast("struct myslab_heap *", allocator).classes:
            if cache:
                yield cache, None


def slabs_of(cache):
    for nid in range(prog["nr_node_ids"] if "nr_node_ids" in prog else 1):
        for slabs in cache.node[nid].lists.bin:
            yield from list_for_each_entry("struct myslab_slab",
                                           slabs.address_of_(), "link")


def bit(slab, which, idx):
    word = which * slab.cache.layout.words.value_() + idx // 64
    return slab.bits[word].value_() >> idx % 64 & 1


def state_of(slab, idx, record):
    bits = {name: value for value, name in
            enum_names("enum myslab_bits").items()}
    if bit(slab, bits["MYSLAB_CONDEMNED"], idx):
        return "withdrawn after a finding"
    if record:
        return STATES[record.state]
    if bit(slab, bits["MYSLAB_FREE"], idx):
        return "free"
    if slab.rcu_listed and (bit(slab, bits["MYSLAB_DEFERRED"], idx) or
                            bit(slab, bits["MYSLAB_DEFERRED_TOO"], idx)):
        return "waiting for a grace period"
    return "out, or free in a magazine"


def print_object(allocator, slab, idx, offset, side):
    name = f"{text(allocator.name)}#{slab.serial.value_()}.{idx}"
    record = None
    if side:
        record = cast("struct myslab_record *", cast("void *", slab) -
                      (idx + 1) * slab.cache.layout.slack)
    print(f"{row_of(allocator)}: at {offset:+} of {name},"
          f" which is {state_of(slab, idx, record)}")
    if record and side.letters.mask & 1 << "FZPUQELTGC".index("U"):
        print_tracks(record.tracks)


def owner_word(addr):
    page = virt_to_page(prog, addr & -PAGE)
    return page.private.value_(), page


def find_in_slabs(allocator, addr):
    for cache, side in caches_of(allocator):
        base = addr if side else addr & ~cache.span_mask.value_()
        word, page = owner_word(base)
        if word != cache.owner:
            continue
        slab = cast("struct myslab_slab *", page.lru.next)
        if slab.cache != cache:
            continue
        layout = cache.layout
        offset = addr - slab.base.value_()
        idx = offset // layout.stride.value_()
        if idx < cache.objects:
            print_object(allocator, slab, idx, offset - layout.left.value_() -
                         idx * layout.stride.value_(), side)
            return True
    return False


def find_guarded(addr):
    slots = prog.variable("slots", "mod/debug_guard.c")
    if not slots:
        return False
    number = (addr - prog.variable("area", "mod/debug_guard_map.c").value_()
              ) // PAGE
    for i in range(prog.variable("nr_slots", "mod/debug_guard.c").value_()):
        slot = slots[i]
        if 0 <= number - slot.first.value_() < slot.pages.value_() + 2:
            break
    else:
        return False
    states = enum_names("enum myslab_slot_state")
    state = states[slot.word.value_() % (len(states) - 1)]
    owner = row_of(slot.owner) if slot.owner else "of no owner yet"
    print(f"{owner}: at {addr - slot.start.value_():+} of a guarded object,"
          f" {state.removeprefix('MYSLAB_SLOT_').lower()}")
    print_tracks(slot.tracks)
    return True


def find_address(addr):
    if find_guarded(addr):
        return
    for a in allocators():
        try:
            if find_in_slabs(a, addr):
                return
            if owner_word(addr)[0] == a.value_():
                print(f"{row_of(a)}: in a page of it")
                return
        except FaultError:
            break
    print(f"{addr:#x} is nothing of myslab's")


def find_object(name):
    cache_name, _, place = name.rpartition("#")
    serial, idx = (int(n) for n in place.split("."))
    for a in allocators():
        if text(a.name) != cache_name:
            continue
        for cache, side in caches_of(a):
            for slab in slabs_of(cache):
                if slab.serial == serial and idx < cache.objects:
                    print_object(a, slab, idx, 0, side)
                    return
    print(f"{name}: no such object")


def main():
    what, *rest = sys.argv[1:] or ("",)
    if what == "whatis" and len(rest) == 1:
        if "#" in rest[0]:
            find_object(rest[0])
        else:
            find_address(int(rest[0], 16))
    elif what in ("", "reports", "rows", "sites") and not rest:
        for name, print_it in (("reports", print_reports),
                               ("rows", print_rows), ("sites", print_sites)):
            if what in ("", name):
                print_it()
    else:
        sys.exit(__doc__)


main()
