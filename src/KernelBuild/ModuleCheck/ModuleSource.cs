using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.ModuleCheck;

/// <summary>What a folder, an image or a file holds of modules.</summary>
/// <param name="Path">As the user named it.</param>
/// <param name="Modules">Files that end as modules do, uncompressed or not.</param>
/// <param name="Lists">modules.load and its kind, and modules.blocklist.</param>
/// <param name="Findings">Parts that could not be read.</param>
public sealed record ModuleSource(
    string Path, ImmutableArray<StoredFile> Modules, ImmutableArray<StoredFile> Lists, ImmutableArray<Diagnostic> Findings);
