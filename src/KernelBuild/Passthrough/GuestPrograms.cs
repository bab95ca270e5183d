using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Passthrough;

/// <summary>
/// The two programs that run inside of the emulated machine, compiled from the sources in this assembly with clang and lld.
/// </summary>
/// <param name="DmaGuest">An arm64 Image: a guest that drives QEMU's edu device and tells where its DMA arrived.</param>
/// <param name="VfioStatus">A static Linux program: what VFIO says of a group.</param>
internal sealed record GuestPrograms(byte[] DmaGuest, byte[] VfioStatus)
{
    /// <summary>Newest first.</summary>
    private static readonly ImmutableArray<int> _versions = [19, 18, 17, 16, 15, 14, 13];

    private static readonly ImmutableArray<string> _flags =
    [
        "--target=aarch64-linux-gnu", "-O2", "-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables",
        "-mgeneral-regs-only", "-mstrict-align", "-nostdlib", "-static", "-fuse-ld=lld",
    ];

    /// <param name="outside">The physical address, outside of any guest, that the DMA is aimed at.</param>
    /// <param name="folder">For the sources and what comes of them.</param>
    /// <exception cref="DiagnosticException">KB4004 without clang and lld.</exception>
    public static async Task<GuestPrograms> CompileAsync(ulong outside, string folder, CancellationToken cancellationToken)
    {
        var suffix = Suffix();
        var clang = new Command("clang" + suffix).WithArguments(_flags).In(folder);
        foreach (var source in (string[])["dma-guest.c", "dma-guest.ld", "vfio-status.c"])
        {
            AtomicFile.Write(Path.Combine(folder, source), Source(source));
        }

        await clang.WithArguments(
            "-fpie", string.Create(CultureInfo.InvariantCulture, $"-DOUTSIDE=0x{outside:x}UL"), "-Wl,-T,dma-guest.ld", "-Wl,-e,head",
            "dma-guest.c", "-o", "dma-guest.elf").RunAsync(cancellationToken);
        await new Command("llvm-objcopy" + suffix).WithArguments("-O", "binary", "dma-guest.elf", "dma-guest").In(folder)
            .RunAsync(cancellationToken);
        await clang.WithArguments("-fno-pie", "vfio-status.c", "-o", "vfio-status").RunAsync(cancellationToken);
        return new GuestPrograms(
            await File.ReadAllBytesAsync(Path.Combine(folder, "dma-guest"), cancellationToken),
            await File.ReadAllBytesAsync(Path.Combine(folder, "vfio-status"), cancellationToken));
    }

    /// <summary>"-19", or nothing where the programs have no version in their names.</summary>
    private static string Suffix()
    {
        var suffixes = _versions.Select(version => string.Create(CultureInfo.InvariantCulture, $"-{version}")).Append("");
        return suffixes.FirstOrDefault(suffix => ((string[])["clang", "ld.lld", "llvm-objcopy"])
            .All(program => ProgramPath.Find(program + suffix) is not null)) ?? throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ToolMissing, "missing on this host: clang, lld and llvm, of one version",
                "run: apt-get install clang-19 lld-19 llvm-19"));
    }

    private static string Source(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("KernelBuild.Passthrough." + name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
