using System.Collections.Immutable;

namespace KernelBuild.Manifest;

/// <summary>
/// manifest.json of format version 2; docs/schemas/manifest-2.json is its schema. Members are added, never renamed or removed, while the
/// version stays. What is not known, or not there, is left out.
/// </summary>
public sealed record ManifestDocument
{
    public required int FormatVersion { get; init; }

    public required string Device { get; init; }

    public required bool WithoutPatches { get; init; }

    public required ManifestVerdict Verdict { get; init; }

    public required ManifestBuilder Builder { get; init; }

    public required ManifestProject Project { get; init; }

    public required ManifestSource Source { get; init; }

    public required ManifestConfiguration Configuration { get; init; }

    /// <summary>Null without BuildConfig items.</summary>
    public ManifestBuildConfig? BuildConfig { get; init; }

    /// <summary>Null for a build that failed before its tools were known.</summary>
    public ManifestToolchain? Toolchain { get; init; }

    public required ManifestBoot Boot { get; init; }

    /// <summary>make's, with paths below the project's root.</summary>
    public required ImmutableArray<string> Commands { get; init; }

    /// <summary>Null for a build that compiled nothing.</summary>
    public ManifestCompilation? Compilation { get; init; }

    /// <summary>Null without an Image.</summary>
    public ManifestKernel? Kernel { get; init; }

    public ManifestVendorModules? VendorModules { get; init; }

    /// <summary>Wall time of each stage of the run.</summary>
    public required SortedDictionary<string, double> Seconds { get; init; }

    /// <summary>What the project gave, in copies below the folder of the manifest.</summary>
    public required ImmutableArray<ManifestInput> Inputs { get; init; }

    /// <summary>What the build made; empty for one that failed.</summary>
    public required ImmutableArray<ManifestFile> Outputs { get; init; }
}

/// <param name="Result">"built" or "failed".</param>
/// <param name="Stage">Where a build failed: prerequisites, fetch, patch, checkout, configure, compile or pack.</param>
/// <param name="Findings">Why it failed.</param>
/// <param name="Reproducible">Of the last check of these outputs; null when there was none.</param>
public sealed record ManifestVerdict(
    string Result, string? Stage = null, ImmutableArray<ManifestFinding>? Findings = null, ManifestReproducibility? Reproducible = null)
{
    public const string Built = "built";
    public const string Failed = "failed";
}

/// <param name="File">As the finding names it, below the project's root where it lies there.</param>
public sealed record ManifestFinding(string Code, string Severity, string Message, string? File = null, int? Line = null);

/// <param name="Result">"identical" or "different".</param>
/// <param name="Varied">What the second build had otherwise, such as "path" or "host name".</param>
/// <param name="Causes">Of the differences, each once.</param>
public sealed record ManifestReproducibility(string Result, ImmutableArray<string> Varied, ImmutableArray<string> Causes);

/// <param name="KernelBuild">Version of this program.</param>
/// <param name="Host">Description of the operating system.</param>
public sealed record ManifestBuilder(string Runtime, string Host, string? KernelBuild = null);

/// <summary>The repository that the device's project is in.</summary>
/// <param name="File">The project, below the root.</param>
/// <param name="Commit">Null when git knows none.</param>
/// <param name="Dirty">Whether files that git tracks differ from the commit, or untracked ones lie beside the project; null without a commit.</param>
/// <param name="Lock">The lock file after the build.</param>
/// <param name="Reproduce">Commands that build the same, in the root of a checkout.</param>
public sealed record ManifestProject(
    string File, ImmutableArray<string> Reproduce, string? Commit = null, bool? Dirty = null, ManifestLock? Lock = null);

/// <param name="File">Below the root.</param>
public sealed record ManifestLock(string File, string Sha256);

/// <summary>As in the lock file. Null members of a build that did not get as far.</summary>
public sealed record ManifestSource
{
    public string? Spec { get; init; }

    public string? Version { get; init; }

    public string? Sha256 { get; init; }

    public string? Commit { get; init; }

    public string? Tree { get; init; }

    /// <summary>Where the source is composed of several; null otherwise.</summary>
    public ImmutableArray<ManifestPart>? Parts { get; init; }

    /// <summary>Of sources whose items name keys; null where none does.</summary>
    public ImmutableArray<ManifestSignature>? Signatures { get; init; }

    public string? PatchedCommit { get; init; }

    public string? PatchedTree { get; init; }

    public required ImmutableArray<ManifestPatch> Patches { get; init; }
}

/// <param name="Path">Folder in the kernel's tree; "." for the kernel's own.</param>
public sealed record ManifestPart(string Path, string Spec, string Version, string Commit, string Tree, string? Sha256 = null);

/// <summary>A signature that was checked before the source was used, by a key that the project names.</summary>
/// <param name="Path">Folder of the source in the kernel's tree; "." for the kernel's own.</param>
/// <param name="SignedObject">"the tag v6.1", "sha256sums.asc".</param>
/// <param name="Signer">As the key names its owner.</param>
/// <param name="Fingerprint">Of OpenPGP the primary key's, in hexadecimal digits; of SSH "SHA256:…".</param>
/// <param name="KeyExpired">Whether the key had ended when the signature was checked.</param>
public sealed record ManifestSignature(string Path, string SignedObject, string Signer, string Fingerprint, bool KeyExpired);

/// <param name="Sha256">Of the patch file.</param>
/// <param name="Commit">That it became.</param>
public sealed record ManifestPatch(string Series, string Name, string Sha256, string Commit, string Subject);

/// <param name="Sha256">Of the whole .config.</param>
public sealed record ManifestConfiguration(
    string Architecture, ImmutableArray<string> Defconfigs, ImmutableArray<string> MakeVariables, string Kcflags,
    ImmutableArray<ManifestFragment> Fragments, string? Sha256 = null);

public sealed record ManifestFragment(string Name, string Sha256);

public sealed record ManifestBuildConfig(
    ImmutableArray<string> Files, ImmutableArray<ManifestVariable> Variables, ImmutableArray<string> CommandsRun,
    ImmutableArray<string> CommandsNotRun);

/// <param name="Fate">taken, overridden, notTaken or environment.</param>
public sealed record ManifestVariable(string Name, string Value, string Fate, string Detail);

/// <param name="Digest">SHA-256 over names and digests of all files.</param>
/// <param name="Files">Programs; each with the names of the libraries that hold its code.</param>
/// <param name="Libraries">Each once.</param>
public sealed record ManifestToolchain(
    string Compiler, string Reason, string Digest, ImmutableArray<ManifestTool> Files, ImmutableArray<ManifestTool> Libraries);

/// <param name="Version">First line of its --version; null for a library and for utilities of every system.</param>
/// <param name="Libraries">Paths of libraries; null when there are none.</param>
public sealed record ManifestTool(string Name, string Path, string Sha256, string? Version = null, ImmutableArray<string>? Libraries = null);

public sealed record ManifestBoot
{
    public int HeaderVersion { get; init; }

    public string CommandLine { get; init; } = "";

    public string? VendorCommandLine { get; init; }

    public required ImmutableArray<ManifestFragment> StockImages { get; init; }

    public required ImmutableArray<string> ExternalModules { get; init; }

    public int PageSize { get; init; }

    public string OsVersion { get; init; } = "";

    public string OsPatchLevel { get; init; } = "";

    public string Timestamp { get; init; } = "";

    public string User { get; init; } = "";

    public string Host { get; init; } = "";

    public string Version { get; init; } = "";

    public required ImmutableArray<ManifestRamdiskItem> Ramdisk { get; init; }

    /// <summary>Of the project with their digest; those of the kernel's tree by their path there.</summary>
    public required ImmutableArray<ManifestTreeSource> DeviceTreeSources { get; init; }
}

/// <param name="Source">A file's name, "debian:PACKAGE!PATH", or "directory:".</param>
/// <param name="Sha256">Of a file of the project.</param>
/// <param name="Version">Of a package.</param>
/// <param name="PackageSha256">Of the package's file.</param>
public sealed record ManifestRamdiskItem(string Path, string Source, string? Sha256 = null, string? Version = null, string? PackageSha256 = null);

public sealed record ManifestTreeSource(string Name, string? Sha256 = null);

/// <param name="Objects">That a build from nothing compiles, as far as is known.</param>
/// <param name="Warnings">Of the compiler, in the last run of make; null when it was not counted.</param>
/// <param name="CacheHits">Of the last run; null without compiler cache.</param>
/// <param name="CacheRemoteHits">Those of <paramref name="CacheHits"/> that a shared cache answered.</param>
public sealed record ManifestCompilation(int Objects, int? Warnings = null, int? CacheHits = null, int? CacheRemoteHits = null, int? CacheMisses = null)
{
    /// <summary>Null without a build farm.</summary>
    public ManifestFarm? Farm { get; init; }
}

/// <summary>Where calls of the compiler ran; counts of <see cref="KernelBuild.Farm.FarmReport"/>.</summary>
/// <param name="Kind">icecream or distcc.</param>
/// <param name="Environment">SHA-256 of the compiler as icecream sent it; null for distcc.</param>
public sealed record ManifestFarm(string Kind, int Hosts, int Remote, int Local, int Lost, string? Environment = null);

/// <param name="Release">As uname -r gives it; null when the banner has none.</param>
/// <param name="Size">Bytes of the uncompressed Image.</param>
public sealed record ManifestKernel(string Banner, string BuildId, long Size, string? Release = null);

public sealed record ManifestVendorModules(int Loads, int Unknown, ImmutableArray<string> Refused);

/// <param name="Path">Below the folder of the manifest.</param>
public sealed record ManifestFile(string Path, long Size, string Sha256);

/// <param name="Path">Below the folder of the manifest; the same as below the project's root, behind inputs/.</param>
/// <param name="Role">project, lock, series, patch, configuration, buildConfig or deviceTree.</param>
public sealed record ManifestInput(string Path, long Size, string Sha256, string Role);
