/*
 * vfio-status GROUP: what the kernel says of a VFIO group, one word and number a line: its viability, and how far attaching it to a
 * container gets. Static and without a C library: it runs in any ramdisk. Numbers: Linux, include/uapi/linux/vfio.h and
 * include/uapi/asm-generic/unistd.h.
 */
typedef unsigned int u32;

#define AT_FDCWD (-100)
#define O_RDWR 2
#define IOCTL 29
#define OPENAT 56
#define WRITE 64
#define VFIO_CHECK_EXTENSION 0x3b65
#define VFIO_SET_IOMMU 0x3b66
#define VFIO_GROUP_GET_STATUS 0x3b67
#define VFIO_GROUP_SET_CONTAINER 0x3b68
#define VFIO_TYPE1v2_IOMMU 3

__asm__(
    ".globl _start\n"
    "_start: ldr x0, [sp]\n"
    "  add x1, sp, #8\n"
    "  bl run\n"
    "  mov x8, #93\n"
    "  svc #0\n");

static long call(long number, long a, long b, long c, long d)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;

    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}

static void say(const char *what, long value)
{
    char line[64];
    int at = 0;
    char digits[20];
    int count = 0;

    for (; *what; what++)
        line[at++] = *what;
    line[at++] = ' ';
    if (value < 0) {
        line[at++] = '-';
        value = -value;
    }
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count)
        line[at++] = digits[--count];
    line[at++] = '\n';
    call(WRITE, 1, (long)line, at, 0);
}

int run(long count, char **arguments);
int run(long count, char **arguments)
{
    char path[32] = "/dev/vfio/";
    struct { u32 size, flags; } status = { sizeof(status), 0 };
    int at = 10;
    long container, group;

    if (count != 2)
        return 2;
    for (char *name = arguments[1]; *name && at < 31; name++)
        path[at++] = *name;
    path[at] = 0;
    container = call(OPENAT, AT_FDCWD, (long)"/dev/vfio/vfio", O_RDWR, 0);
    say("container", container < 0 ? container : 0);
    group = call(OPENAT, AT_FDCWD, (long)path, O_RDWR, 0);
    say("group", group < 0 ? group : 0);
    if (container < 0 || group < 0)
        return 1;
    say("status", call(IOCTL, group, VFIO_GROUP_GET_STATUS, (long)&status, 0));
    say("viable", status.flags & 1);
    say("type1", call(IOCTL, container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU, 0));
    say("attach", call(IOCTL, group, VFIO_GROUP_SET_CONTAINER, (long)&container, 0));
    say("iommu", call(IOCTL, container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU, 0));
    return 0;
}
