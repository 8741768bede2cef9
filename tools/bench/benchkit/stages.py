# SPDX-License-Identifier: GPL-2.0-only
"""Functions sorted into the stages of the cost model, by their names."""

import re

REST = "other"

# the first that matches takes it
KERNEL = (
    ("our modules", r"\[blanket"),
    ("stock back end", r"\[xen_netback\]|\[xen_blkback\]|\[bridge\]|\[stp\]|^br_"),
    ("front end", r"\[xen_netfront\]|\[xen_blkfront\]|^xennet|^blkfront|^blkif|gnttab_|grant"),
    ("virtio", r"\[virtio|\[net_failover\]|^virt|^vring|^vp_|^vm_notify"),
    ("copying and clearing", r"memcpy|memset|rep_movs|rep_stos|clear_page|_copy_|^copy_|csum|iov_iter|_iter$"),
    ("DMA mapping", r"dma_|swiotlb|_bus_to_|^pfn_|phys_to_"),
    ("memory allocation", r"kmem_cache|kmalloc|kfree(?!_skb)|slab|alloc_page|__alloc|free_unref|page_frag|page_pool|"
                          r"frozen_page|rmqueue|get_page_from|free_pages|put_page|folio|mempool|get_obj|zone|lruvec"),
    ("event channels", r"evtchn|xen_irq_lateeoi|xen_send_event|pirq|eoi"),
    ("interrupts and softirqs", r"irq|softirq|handle_edge|handle_fasteoi|hardirq|tasklet|common_interrupt|hypervisor_callback"),
    ("hypercall glue", r"^xen_|hypercall|^pv_|^__raw_callee|^native_|upcall|paravirt|pvclock"),
    ("sockets and system calls", r"syscall|SYSCALL|__x64_sys|^__sys|^sys_|sock|fdget|fget|fput|io_submit|io_getevents|^aio|"
                                 r"read_events|poll|__get_user|__put_user|msghdr|import_|^vfs_|^security|apparmor|aa_|fd_"),
    ("block layer", r"^blk|^__blk|bio|^sbitmap|^sg_|submit_|elevator|^dd_|iomap|blkdev|^rq_|disk|^mq_|direct_IO|^part_"),
    ("TCP, UDP, IP", r"tcp|udp|ip_|inet|^raw_|fib_|dst_|rt_|neigh|arp|ipv4|ip6|nf_|icmp|route"),
    ("network core", r"netif|skb|dev_|napi|gro_|eth_|__dev|qdisc|sch_|net_|xmit|pfifo|fq_codel|txq|packet|flow|csum"),
    ("scheduler and time", r"sched|task|enqueue|dequeue|pick_next|update_|wake|__wait|prepare_to_wait|finish_wait|timer|"
                           r"tick|clock|ktime|hrtimer|idle|cpuidle|switch_to|swake|reweight|place_entity|kthread|run_queue|"
                           r"set_next|put_prev|time|vruntime|entity|load_avg|psi|nohz|calc_|fair|rcu|workqueue|work"),
    ("locks", r"spin_|mutex|lock|preempt|up_|down_"),
)

XEN = (
    ("entry and exit", r"lstar|entry|test_all_events|restore_all|bounce_frame|iret|toggle_guest|switch_to_kernel|"
                       r"hypercall|multicall|process_softirqs|handle_exception|int80|ret_|common_interrupt|compat"),
    ("grants", r"grant|gnttab|_set_status|fixup_status|maptrack"),
    ("copying", r"memcpy|memset|copy_(to|from)|clear_user|__copy"),
    ("event channels", r"evtchn|event|send_guest|pirq|vcpu_mark_events|vcpu_kick|2l_|fifo"),
    ("interrupts", r"irq|IRQ|apic|eoi|msi|vector|pci"),
    ("scheduling and switching", r"sched|csched|context_switch|ctxt|vcpu_|runq|credit|schedule|do_block|wake|unit|idle|"
                                 r"update_runstate|ldt|fpu|segments|load_(tr|LDT)|write_ptbase|cr3|rcu"),
    ("timers and time", r"timer|time|tsc|NOW|heap|clock|rdtsc"),
    ("page tables", r"mmu|_l[1-4]|page|pte|domain_page|mfn|pfn|tlb|flush|guest_get|ptwr|spage|paging|shadow|sh_"),
    ("emulation", r"emul|priv|guest_io|inject|trap|pv_|cpuid|msr|do_(general|device|invalid|page)"),
    ("locks", r"spin|lock|ticket|_raw|percpu|smp_"),
)


def _compile(table: tuple[tuple[str, str], ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in table)


_KERNEL, _XEN = _compile(KERNEL), _compile(XEN)


def stage(function: str, xen: bool) -> str:
    """The stage that FUNCTION, of Xen or of a kernel, belongs to."""
    for name, pattern in _XEN if xen else _KERNEL:
        if pattern.search(function):
            return name
    return REST


def grouped(functions: dict[str, int], xen: bool) -> dict[str, int]:
    """Instructions by stage."""
    found: dict[str, int] = {}
    for function, insns in functions.items():
        name = stage(function, xen)
        found[name] = found.get(name, 0) + insns
    return found
