using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Device;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Stages;

namespace KernelBuild.Toolchains;

/// <summary>The programs that turn sources into a kernel, each with its version and the digest of its file.</summary>
public sealed class Toolchain
{
    private Toolchain(ImmutableArray<ToolFile> files, string searchPath)
    {
        Files = files;
        SearchPath = searchPath;
        using var key = new ContentKey("toolchain", 1);
        foreach (var file in files)
        {
            key.Add(file.Name, file.Sha256);
        }

        Digest = key.Finish();
        using var compiler = new ContentKey("compiler", 1);
        foreach (var file in files.Where(file => file.Name.Contains("clang", StringComparison.Ordinal) || file.Name.Contains("LLVM", StringComparison.Ordinal)))
        {
            compiler.Add(file.Name, file.Sha256);
        }

        CompilerDigest = compiler.Finish();
    }

    public ImmutableArray<ToolFile> Files { get; }

    /// <summary>PATH of the build: the device's toolchain folder before everything else.</summary>
    public string SearchPath { get; }

    /// <summary>SHA-256 over names and digests of all files: where they lie does not matter.</summary>
    public string Digest { get; }

    /// <summary>SHA-256 over the compiler alone, with its libraries: what an object file depends on.</summary>
    public string CompilerDigest { get; }

    /// <summary>The programs that a build of this device calls, by the names it calls them.</summary>
    public static ImmutableArray<string> ProgramsOf(DeviceBuild device)
    {
        var suffix = "-" + device.Clang.ToString(CultureInfo.InvariantCulture);
        return
        [
            "clang" + suffix, "ld.lld" + suffix, "llvm-ar" + suffix, "llvm-nm" + suffix, "llvm-objcopy" + suffix,
            "llvm-objdump" + suffix, "llvm-readelf" + suffix, "llvm-strip" + suffix,
            "make", "flex", "bison", "bc", "perl", "gzip", "dtc",
        ];
    }

    public static string SearchPathOf(DeviceBuild device)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin";
        return device.ToolchainFolder is { } folder ? $"{folder}:{path}" : path;
    }

    /// <summary>Finds the programs and digests those that changed since they were last seen.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB4004 for a program that is not there.</exception>
    public static async Task<Toolchain> ProbeAsync(DeviceBuild device, CacheFolder cache, CancellationToken cancellationToken)
    {
        var searchPath = SearchPathOf(device);
        var known = ToolDigests.Load(Path.Combine(cache.Path, "toolchains", "digests"));
        var files = ImmutableArray.CreateBuilder<ToolFile>();
        foreach (var program in ProgramsOf(device))
        {
            files.AddRange(await known.DescribeAsync(program, searchPath, cancellationToken));
        }

        known.Save();
        return new Toolchain(files.ToImmutable(), searchPath);
    }

    /// <summary>A program of this toolchain, ready for arguments.</summary>
    public Command Command(string program) => new Command(program).WithEnvironment("PATH", SearchPath);
}
