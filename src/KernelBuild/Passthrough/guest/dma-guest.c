/*
 * A guest without an operating system that drives QEMU's "edu" device: DMA within the guest's memory, which must work, and DMA to
 * an address outside of it, which an IOMMU must block. It knows physical addresses, as no program below Linux does without
 * further kernel options, and it needs nothing of the guest's kernel.
 *
 * Machine: QEMU's virt with highmem=off, so that the addresses below are fixed: UART at 0x09000000, PCI configuration space (ECAM)
 * at 0x3f000000, memory window at 0x10000000, RAM at 0x40000000. The MMU stays off: every access is strongly ordered.
 * Registers of edu: QEMU, docs/specs/edu.rst. Boot header: Linux, Documentation/arm64/booting.rst.
 *
 * OUTSIDE (a physical address) is set when this is compiled.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#define UART 0x09000000UL
#define ECAM 0x3f000000UL
#define BAR 0x10000000UL
#define EDU_BUFFER 0x40000UL
#define LENGTH 256
#define TO_MEMORY 2

__asm__(
    ".section .head, \"ax\"\n"
    ".globl head\n"
    "head: b start\n"
    "  .long 0\n"
    "  .quad 0\n"            /* text offset */
    "  .quad 0x40000\n"      /* size of the image, with stack and buffers */
    "  .quad 0x2\n"          /* little endian, 4 KiB pages */
    "  .quad 0, 0, 0\n"
    "  .ascii \"ARM\\x64\"\n"
    "  .long 0\n"
    "start: adr x0, head\n"
    "  add sp, x0, #0x20, lsl #12\n"
    "  bl guest\n"
    "  ldr w0, =0x84000008\n" /* PSCI SYSTEM_OFF */
    "  hvc #0\n"
    "  b .\n");

static volatile u8 *const edu = (volatile u8 *)BAR;

static void print(const char *text)
{
    for (; *text; text++)
        *(volatile u32 *)UART = (u8)*text;
}

static void print_number(u64 value, int digits)
{
    for (digits--; digits >= 0; digits--)
        *(volatile u32 *)UART = "0123456789abcdef"[value >> (4 * digits) & 15];
}

static u32 read_config(u32 device, u32 offset)
{
    return *(volatile u32 *)(ECAM + (device << 15) + offset);
}

static void write_config(u32 device, u32 offset, u32 value)
{
    *(volatile u32 *)(ECAM + (device << 15) + offset) = value;
}

/* 0 when the device says that it is done */
static int dma(u64 from, u64 to, u64 command)
{
    u64 now, end, hz;

    *(volatile u64 *)(edu + 0x80) = from;
    *(volatile u64 *)(edu + 0x88) = to;
    *(volatile u64 *)(edu + 0x90) = LENGTH;
    *(volatile u64 *)(edu + 0x98) = 1 | command;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(now));
    end = now + 5 * hz;
    do {
        if (!(*(volatile u64 *)(edu + 0x98) & 1))
            return 0;
        __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(now));
    } while (now < end);
    return -1;
}

static void fill(volatile u8 *to, u8 first)
{
    for (u32 i = 0; i < LENGTH; i++)
        to[i] = (u8)(first + i * 7);
}

static int is(volatile u8 *at, u8 first)
{
    for (u32 i = 0; i < LENGTH; i++)
        if (at[i] != (u8)(first + i * 7))
            return 0;
    return 1;
}

static void drive(u64 memory)
{
    volatile u8 *here = (volatile u8 *)memory;
    volatile u8 *back = here + 4096;
    int stuck;

    /*
     * Outward: a pattern that is nowhere else. First, because if nothing translates, DMA inward hits the machine's own kernel, which
     * may not live to see the end of this: what went outward is then already there to be found.
     */
    fill(here, 0xa5);
    stuck = dma(memory, EDU_BUFFER, 0) | dma(EDU_BUFFER, OUTSIDE, TO_MEMORY);
    /* and back, after the device's own copy has been replaced */
    fill(here, 0x33);
    stuck |= dma(memory, EDU_BUFFER, 0) | dma(OUTSIDE, EDU_BUFFER, 0) | dma(EDU_BUFFER, memory + 4096, TO_MEMORY);
    print(stuck ? "### DMA outside stuck at " : is(back, 0xa5) ? "### DMA outside arrived at " : "### DMA outside blocked at ");
    print_number(OUTSIDE, 16);
    print("\n");

    fill(here, 0x11);
    fill(back, 0x77);
    stuck = dma(memory, EDU_BUFFER, 0) | dma(EDU_BUFFER, memory + 4096, TO_MEMORY);
    print(stuck ? "### DMA inside stuck\n" : is(back, 0x11) ? "### DMA inside arrived\n" : "### DMA inside lost\n");
}

void guest(u64 head);
void guest(u64 head)
{
    print("### GUEST\n");
    for (u32 device = 0; device < 32; device++) {
        if (read_config(device, 0) != 0x11e81234)
            continue;
        write_config(device, 0x10, BAR);
        write_config(device, 4, read_config(device, 4) | 6);
        print("### EDU ");
        print_number(*(volatile u32 *)edu, 8);
        print("\n");
        /* far from where Linux would have its kernel, should nothing translate and this be the machine's own memory */
        drive(head + 0x3000000);
        print("### END GUEST\n");
        return;
    }
    print("### EDU none\n### END GUEST\n");
}
