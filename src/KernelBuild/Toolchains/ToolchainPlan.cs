using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Device;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Toolchains;

/// <summary>
/// Which programs a build calls and what make is told of them, decided from the project's wishes and the kernel's version
/// alone: what else the host has installed changes nothing.
/// </summary>
/// <param name="Description">The compiler, as the log names it.</param>
/// <param name="Reason">Why this one.</param>
/// <param name="Tools">Everything that the build finds on its PATH.</param>
/// <param name="MakeVariables">NAME=VALUE, each program by name: kbuild's own defaults differ from version to version.</param>
public sealed record ToolchainPlan(
    string Description, string Reason, ImmutableArray<PlannedTool> Tools, ImmutableArray<string> MakeVariables)
{
    /// <summary>The GNU name of the machine that the kernel is for: clang before 5.16 takes its target from CROSS_COMPILE.</summary>
    public const string Target = "aarch64-linux-gnu";

    private static readonly ImmutableArray<string> _coreutils =
    [
        "[", "basename", "cat", "chgrp", "chmod", "chown", "cksum", "comm", "cp", "cut", "date", "dd", "df", "dirname", "du",
        "echo", "env", "expand", "expr", "false", "fold", "head", "id", "install", "join", "link", "ln", "ls", "md5sum", "mkdir", "mkfifo",
        "mktemp", "mv", "nl", "nproc", "od", "paste", "printf", "pwd", "readlink", "realpath", "rm", "rmdir", "seq", "sha1sum", "sha256sum",
        "sha512sum", "sleep", "sort", "split", "stat", "sum", "sync", "tac", "tail", "tee", "test", "timeout", "touch", "tr", "true",
        "truncate", "tsort", "uname", "uniq", "unlink", "wc", "whoami", "yes",
    ];

    /// <summary>
    /// The clang that a project gets which names none, of those that Debian 12 has: 19 builds 6.1, 14 was tried on 5.10 and 13, the oldest,
    /// on 4.14. How far each came is in docs/guide/vendor-kernels.md.
    /// </summary>
    public static int DefaultClang(KernelVersion version) => version switch
    {
        { } when version >= new KernelVersion(6, 1) => 19,
        { } when version >= new KernelVersion(5, 4) => 14,
        _ => 13,
    };

    /// <summary>From 5.10 on, as Android's own build.config.aarch64 of that version has it.</summary>
    public static bool DefaultIntegratedAssembler(KernelVersion version) => version >= new KernelVersion(5, 10);

    /// <summary>The C compiler, which also preprocesses device trees.</summary>
    public string Compiler => ProgramOf("CC");

    /// <summary>The program that make is told for a variable such as HOSTCC.</summary>
    public string ProgramOf(string variable) =>
        MakeVariables.First(set => set.StartsWith(variable + "=", StringComparison.Ordinal))[(variable.Length + 1)..];

    /// <param name="version">Of the kernel tree.</param>
    /// <param name="wanted">Programs that the configuration needs, such as pahole for CONFIG_DEBUG_INFO_BTF.</param>
    public static ToolchainPlan For(ToolchainRequest request, KernelVersion version, IEnumerable<string> wanted)
    {
        var tools = new List<PlannedTool>();
        var variables = new List<string>();
        var (description, reason) = request.Compiler == "gcc"
            ? AddGcc(tools, variables)
            : AddClang(request, version, tools, variables);
        tools.AddRange(BuildTools());
        tools.AddRange(request.Programs.Concat(wanted).Distinct(StringComparer.Ordinal).Select(Further));
        return new ToolchainPlan(
            description, reason, [.. tools.DistinctBy(tool => tool.Name, StringComparer.Ordinal)], [.. variables]);
    }

    private static (string Description, string Reason) AddClang(
        ToolchainRequest request, KernelVersion version, List<PlannedTool> tools, List<string> variables)
    {
        var major = request.Clang ?? DefaultClang(version);
        var suffix = "-" + major.ToString(CultureInfo.InvariantCulture);
        var integrated = request.IntegratedAssembler ?? DefaultIntegratedAssembler(version);
        PlannedTool Llvm(string name, string package) =>
            new(name, request.Folder is null ? [name + suffix] : [name + suffix, name], package + suffix, ToolKind.Compiler);
        tools.Add(Llvm("clang", "clang"));
        tools.Add(Llvm("clang++", "clang"));
        tools.Add(Llvm("ld.lld", "lld"));
        // by which clang calls the linker of host programs
        tools.Add(Llvm("ld.lld", "lld") with { Name = "ld" });
        foreach (var tool in (string[])["ar", "nm", "objcopy", "objdump", "readelf", "strip"])
        {
            tools.Add(Llvm("llvm-" + tool, "llvm"));
        }

        variables.AddRange(
        [
            "LLVM=1", "LLVM_IAS=" + (integrated ? "1" : "0"), $"CROSS_COMPILE={Target}-", $"CLANG_TRIPLE={Target}-",
            "CC=clang", "LD=ld.lld", "AR=llvm-ar", "NM=llvm-nm", "OBJCOPY=llvm-objcopy", "OBJDUMP=llvm-objdump",
            "READELF=llvm-readelf", "STRIP=llvm-strip",
            "HOSTCC=clang", "HOSTCXX=clang++", "HOSTAR=llvm-ar", "HOSTLD=ld.lld",
        ]);
        if (!integrated)
        {
            tools.AddRange(Binutils());
        }

        var reason = request.Folder is not null ? $"from {request.Folder}"
            : request.Clang is not null ? "as the project says"
            : $"the default for Linux {version}";
        var name = request.Folder is not null && request.Clang is null ? "clang" : "clang " + suffix[1..];
        return ($"{name} with {(integrated ? "its own assembler" : "the assembler of GNU binutils")}", reason);
    }

    private static (string Description, string Reason) AddGcc(List<PlannedTool> tools, List<string> variables)
    {
        tools.AddRange(Binutils());
        foreach (var name in (string[])["gcc", "cpp", "gcc-ar", "gcc-nm"])
        {
            tools.Add(new PlannedTool($"{Target}-{name}", [$"{Target}-{name}"], $"{name[..3]}-{Target}", ToolKind.Compiler));
        }

        foreach (var (name, package) in ((string, string)[])
        [
            ("gcc", "gcc"), ("g++", "g++"), ("ld", "binutils"), ("ar", "binutils"), ("as", "binutils"),
        ])
        {
            tools.Add(new PlannedTool(name, [name], package, ToolKind.BuildTool));
        }

        variables.AddRange([$"CROSS_COMPILE={Target}-", $"CC={Target}-gcc"]);
        variables.AddRange(((string[])["ld", "ar", "nm", "objcopy", "objdump", "readelf", "strip"])
            .Select(name => $"{name.ToUpperInvariant()}={Target}-{name}"));
        variables.AddRange(["HOSTCC=gcc", "HOSTCXX=g++", "HOSTAR=ar", "HOSTLD=ld"]);
        return ("gcc", "as the project says");
    }

    /// <summary>elfedit is what kbuild looks for to find the folder of the others.</summary>
    private static IEnumerable<PlannedTool> Binutils() =>
        ((string[])["as", "ld", "ld.bfd", "ar", "nm", "objcopy", "objdump", "readelf", "strip", "elfedit", "size"])
            .Select(name => new PlannedTool($"{Target}-{name}", [$"{Target}-{name}"], "binutils-" + Target, ToolKind.Compiler));

    private static IEnumerable<PlannedTool> BuildTools()
    {
        static PlannedTool Tool(string name, string package, ToolKind kind = ToolKind.BuildTool) => new(name, [name], package, kind);
        (string Name, string Package)[] tools =
        [
            ("make", "make"), ("flex", "flex"), ("bison", "bison"), ("m4", "m4"), ("bc", "bc"), ("perl", "perl"),
            ("python3", "python3-minimal"), ("gzip", "gzip"), ("bzip2", "bzip2"), ("xz", "xz-utils"), ("lzma", "xz-utils"), ("lz4", "lz4"),
            ("zstd", "zstd"), ("cpio", "cpio"), ("openssl", "openssl"), ("dtc", "device-tree-compiler"),
            ("fdtoverlay", "device-tree-compiler"), ("bash", "bash"), ("sh", "dash"),
        ];
        foreach (var (name, package) in tools)
        {
            yield return Tool(name, package, name is "bash" or "sh" ? ToolKind.Utility : ToolKind.BuildTool);
        }

        foreach (var name in _coreutils)
        {
            yield return Tool(name, "coreutils", ToolKind.Utility);
        }

        (string Name, string Package)[] utilities =
        [
            ("sed", "sed"), ("grep", "grep"), ("egrep", "grep"), ("fgrep", "grep"), ("awk", "mawk"), ("find", "findutils"),
            ("xargs", "findutils"), ("cmp", "diffutils"), ("diff", "diffutils"), ("tar", "tar"), ("hostname", "hostname"),
            ("which", "debianutils"), ("getconf", "libc-bin"),
        ];
        foreach (var (name, package) in utilities)
        {
            yield return Tool(name, package, ToolKind.Utility);
        }
    }

    private static PlannedTool Further(string name) => new(
        name,
        [name],
        name switch
        {
            "depmod" => "kmod",
            "python" => "python-is-python3",
            _ => name,
        },
        ToolKind.BuildTool);
}
