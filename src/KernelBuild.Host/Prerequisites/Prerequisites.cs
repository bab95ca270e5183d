using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Host.Prerequisites;

/// <summary>What a host must have, found out before anything starts, in one list.</summary>
public static class Prerequisites
{
    /// <summary>Beyond the .NET SDK and the toolchain.</summary>
    public static ImmutableArray<Prerequisite> ForBuild { get; } =
    [
        Program("git", "git"),
        Program("xz", "xz-utils"),
        Program("ccache", "ccache"),
        Program("setsid", "util-linux"),
        new("libc6-dev", static () => File.Exists("/usr/include/stdio.h")),
        new("libssl-dev", static () => File.Exists("/usr/include/openssl/opensslv.h")),
        new("libelf-dev", static () => File.Exists("/usr/include/libelf.h")),
    ];

    public static ImmutableArray<Prerequisite> ForBootTest { get; } = [Program("qemu-system-aarch64", "qemu-system-arm")];

    /// <summary>For the proof of passthrough: the emulator, and what compiles and assembles the guests.</summary>
    public static ImmutableArray<Prerequisite> ForPassthrough { get; } =
    [
        .. ForBootTest, Program("readelf", "binutils"), Program("dpkg-deb", "dpkg"),
        OfLlvm("clang", "clang"), OfLlvm("ld.lld", "lld"), OfLlvm("llvm-objcopy", "llvm"),
    ];

    /// <summary>What talks to a phone.</summary>
    public static ImmutableArray<Prerequisite> ForDevice { get; } = [Program("fastboot", "fastboot"), Program("adb", "adb")];

    /// <summary>What talks to a machine that has no adb.</summary>
    public static ImmutableArray<Prerequisite> ForSsh { get; } = [Program("ssh", "openssh-client")];

    /// <summary>The oracles of the project's own tests.</summary>
    public static ImmutableArray<Prerequisite> ForTests { get; } =
    [
        Program("mkbootimg", "mkbootimg"), Program("b4", "b4"), Program("patch", "patch"), Program("lz4", "lz4"), Program("zip", "zip"), Program("unzip", "unzip"), Program("zstd", "zstd"), Program("bzip2", "bzip2"), Program("lzop", "lzop"), Program("lzip", "lzip"),
        Program("python3", "python3"), Program("veritysetup", "cryptsetup-bin"), Program("gdb", "gdb"), Program("readelf", "binutils"),
        Program("depmod", "kmod"), Program("debugfs", "e2fsprogs"), Program("mkfs.erofs", "erofs-utils"),
        Program("img2simg", "android-sdk-libsparse-utils"), Program("gpg", "gpg"), Program("gpgv", "gpgv"),
        Program("mkimage", "u-boot-tools"), Program("pahole", "dwarves"), Program("bpftool", "bpftool"),
        Program("dot", "graphviz"), Program("virt-xml-validate", "libvirt-clients"), Program("xmllint", "libxml2-utils"),
        Program("junitparser", "junitparser"), Program("rsync", "rsync"), Program("redis-server", "redis-server"),
        Program("nginx", "nginx"), Program("fcgiwrap", "fcgiwrap"), Program("docker-registry", "docker-registry"), Program("skopeo", "skopeo"), Program("s3cmd", "s3cmd"), Program("cpio", "cpio"),
        Program("ssh-keygen", "openssh-client"), Program("sshd", "openssh-server"), Program("faketime", "faketime"), Program("disorderfs", "disorderfs"),
    ];

    /// <summary>The browser that shows reports to a test. Not every distribution has it: without it that test is skipped.</summary>
    public static ImmutableArray<Prerequisite> ForBrowserTests { get; } = [Program("chromium", "chromium")];

    /// <summary>The batch system that runs a generated pipeline in a test: without it that test is skipped.</summary>
    public static ImmutableArray<Prerequisite> ForClusterTests { get; } =
    [
        Program("slurmctld", "slurmctld"), Program("slurmd", "slurmd"), Program("sbatch", "slurm-client"), Program("munged", "munge"),
    ];

    /// <summary>The compile farms that a device is built on in tests, each host a network namespace: without them those tests are skipped.</summary>
    public static ImmutableArray<Prerequisite> ForFarmTests { get; } =
    [
        Program("icecc", "icecc"), Program("file", "file"), Program("distcc", "distcc"), Program("ip", "iproute2"),
    ];

    /// <summary>The packages that are missing, in the order of the list.</summary>
    public static ImmutableArray<string> Missing(IEnumerable<Prerequisite> wanted) =>
        [.. wanted.Where(one => !one.IsPresent()).Select(one => one.Package).Distinct(StringComparer.Ordinal)];

    /// <summary>Installs what is missing where that is possible.</summary>
    /// <exception cref="DiagnosticException">KB4004 with the exact command when we may not install, KB4007 when apt fails.</exception>
    public static async Task EnsureAsync(
        IReadOnlyList<Prerequisite> wanted, BuildOptions options, IBuildLog log, CancellationToken cancellationToken)
    {
        var missing = Missing(wanted);
        if (missing.Length == 0)
        {
            return;
        }

        var hasApt = ProgramPath.Find("apt-get") is not null;
        var root = Environment.IsPrivilegedProcess;
        var command = $"{(root ? "" : "sudo ")}apt-get install -y --no-install-recommends {string.Join(' ', missing)}";
        if (options.NoInstall || !root || !hasApt)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ToolMissing,
                $"missing on this host: {string.Join(", ", missing)}",
                hasApt ? "run: " + command : "install them with this system's package manager; the names are Debian's"));
        }

        log.Status($"missing on this host, installed now with apt: {string.Join(", ", missing)}");
        try
        {
            if (!Directory.Exists("/var/lib/apt/lists") || !Directory.EnumerateFiles("/var/lib/apt/lists", "*_Packages*").Any())
            {
                await Apt("update").RunAsync(cancellationToken);
            }

            try
            {
                await Install(missing).RunAsync(cancellationToken);
            }
            catch (DiagnosticException)
            {
                // lists from long ago name files that have gone
                await Apt("update").RunAsync(cancellationToken);
                await Install(missing).RunAsync(cancellationToken);
            }
        }
        catch (DiagnosticException e)
        {
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.ToolInstallationFailed, $"apt cannot install {string.Join(", ", missing)}",
                    "run by hand: " + command) with
                { Details = e.Diagnostics[0].Details },
                e);
        }

        if (Missing(wanted) is { Length: > 0 } still)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ToolInstallationFailed, $"installed, but still not found: {string.Join(", ", still)}",
                "is /usr/bin on PATH?"));
        }
    }

    private static Command Install(ImmutableArray<string> packages) =>
        Apt("install", "-y", "--no-install-recommends").WithArguments(packages);

    private static Command Apt(params string[] arguments) =>
        new Command("apt-get").WithArguments("-q").WithArguments(arguments).WithEnvironment("DEBIAN_FRONTEND", "noninteractive");

    /// <summary>A program of LLVM of any version, with the version in its name or without; 19 is installed where there is none.</summary>
    private static Prerequisite OfLlvm(string program, string package) => new(
        package + "-19",
        () => Enumerable.Range(13, 7).Select(version => $"{program}-{version}").Append(program)
            .Any(name => ProgramPath.Find(name) is not null));

    private static Prerequisite Program(string program, string package) =>
        new(package, () => ProgramPath.FindAlsoInSbin(program) is not null);
}
