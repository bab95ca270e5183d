using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Host.Processes;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>
/// A program for the guest: asks VFIO whether a group is viable (VFIO_GROUP_GET_STATUS). Needs clang-19 and lld-19, and no library.
/// </summary>
public static class VfioStatus
{
    private const string Source = """
        static long call(long number, long a, long b, long c)
        {
            register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c, x3 __asm__("x3") = 0;
            __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
            return x0;
        }

        __attribute__((used)) static void begin(long *stack)
        {
            struct { unsigned int size, flags; } status = { sizeof status, 0 };
            long group = call(56, -100, stack[2], 2); /* openat(AT_FDCWD, argv[1], O_RDWR) */
            long answer = group < 0 ? group : call(29, group, 0x3b67, (long)&status); /* VFIO_GROUP_GET_STATUS */
            const char *text = answer < 0 ? "VFIO no answer\n" : status.flags & 1 ? "VFIO is viable\n" : "VFIO not viable\n";
            long length = 0;
            while (text[length])
                length++;
            call(64, 1, (long)text, length);
            call(93, 0, 0, 0);
        }

        __asm__(".global _start\n_start: mov x0, sp\n b begin\n");
        """;

    public static async Task<RamdiskEntry> CompileAsync()
    {
        var folder = Directory.CreateTempSubdirectory("kernelbuild-vfio-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "status.c"), Source);
            await new Command("clang-19")
                .WithArguments(
                    "--target=aarch64-linux-gnu", "-O1", "-ffreestanding", "-nostdlib", "-static", "-fuse-ld=lld", "-o", "status",
                    "status.c")
                .In(folder).RunAsync(CancellationToken.None);
            return RamdiskEntry.File("bin/vfio-status", await File.ReadAllBytesAsync(Path.Combine(folder, "status")), LabKernel.Executable);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
