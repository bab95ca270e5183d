using System.Collections.Immutable;

namespace KernelBuild.KernelImages.Modules;

/// <summary>A kernel module (.ko) of arm64 or 32-bit arm: what Linux looks at when it loads one.</summary>
public sealed record KernelModule
{
    /// <summary>Where it comes from, for messages.</summary>
    public required string File { get; init; }

    /// <summary>As lsmod shows it: with underscores.</summary>
    public required string Name { get; init; }

    /// <summary>"arm64" or "arm".</summary>
    public required string Architecture { get; init; }

    /// <summary>Key and value of every entry of .modinfo, in order.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Information { get; init; } = [];

    /// <summary>Undefined symbols in the order of the symbol table, which is that in which Linux resolves them.</summary>
    public ImmutableArray<ImportedSymbol> Imports { get; init; } = [];

    /// <summary>__versions; default when the module has none.</summary>
    public ImmutableArray<SymbolVersion> Versions { get; init; }

    /// <summary>__version_ext_*, which Linux 6.14 and later use instead; default when the module has none.</summary>
    public ImmutableArray<SymbolVersion> ExtendedVersions { get; init; }

    public ImmutableArray<ExportedSymbol> Exports { get; init; } = [];

    public ModuleSignature Signature { get; init; }

    /// <summary>A tentative definition, which Linux refuses; null when there is none.</summary>
    public string? CommonSymbol { get; init; }

    /// <summary>.plt and .init.plt, which arm64 kernels with ARM64_MODULE_PLTS want.</summary>
    public bool HasPltSections { get; init; }

    /// <summary>Types of its own (.BTF), numbered after those of the kernel that it was compiled with.</summary>
    public bool HasTypes { get; init; }

    /// <summary>The version magic; null when the module has none.</summary>
    public string? Vermagic => Find("vermagic");

    public string License => Find("license") ?? "unspecified";

    /// <summary>Whether Linux counts the licence as one that may use GPL-only symbols (include/linux/license.h).</summary>
    public bool IsGplCompatible =>
        License is "GPL" or "GPL v2" or "GPL and additional rights" or "Dual BSD/GPL" or "Dual MIT/GPL" or "Dual MPL/GPL"
        && Name is not ("driverloader" or "lve");

    public bool IsLivePatch => Find("livepatch") is not null;

    public IEnumerable<string> ImportedNamespaces => FindAll("import_ns");

    /// <summary>Modules that must be there first, as depmod of its build found; names with underscores.</summary>
    public IEnumerable<string> Depends =>
        FindAll("depends").SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(NameOf);

    /// <summary>The first value of a key; null when there is none.</summary>
    public string? Find(string key) => Information.FirstOrDefault(pair => pair.Key == key).Value;

    /// <summary>The module's name for a file's name: without .ko and what follows, dashes as underscores.</summary>
    public static string NameOf(string file)
    {
        var name = file[(file.LastIndexOf('/') + 1)..];
        var end = name.IndexOf(".ko", StringComparison.Ordinal);
        return (end < 0 ? name : name[..end]).Replace('-', '_');
    }

    private IEnumerable<string> FindAll(string key) => Information.Where(pair => pair.Key == key).Select(pair => pair.Value);
}
