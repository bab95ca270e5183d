using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.Device;

/// <summary>The KernelSource items of a project: one without Path, which is the kernel's, and any number with one.</summary>
public sealed record SourceItems(SourceItem Kernel, ImmutableArray<SourceItem> Parts)
{
    /// <param name="items">What each item includes, and its metadata by name; the empty text for metadata that it does not have.</param>
    /// <param name="project">Relative paths are relative to its folder.</param>
    /// <exception cref="DiagnosticException">KB9003.</exception>
    public static SourceItems Of(IEnumerable<(string Include, Func<string, string> Metadata)> items, string project)
    {
        var all = items.Select(item => Item(item.Include, item.Metadata, project)).ToLookup(item => item.Path.Length == 0);
        var kernels = all[true].ToArray();
        return kernels.Length == 1
            ? new SourceItems(kernels[0], [.. all[false]])
            : throw Invalid(
                $"the project has {kernels.Length} KernelSource items{(all[false].Any() || kernels.Length > 1 ? " without Path" : "")}; exactly "
                    + "one was expected, such as <KernelSource Include=\"debian:linux-source-6.1\" />",
                project);
    }

    private static SourceItem Item(string include, Func<string, string> metadata, string project)
    {
        if (metadata(nameof(SourceItem.Path)).Length > 0 && metadata("KernelFolder").Length > 0)
        {
            throw Invalid("KernelFolder belongs to the KernelSource item without Path: it says where the kernel stands in its source", project);
        }

        return new SourceItem(include)
        {
            Path = metadata(nameof(SourceItem.Path)).Trim('/'),
            Mirrors = List(metadata(nameof(SourceItem.Mirrors))),
            SigningKeys = List(metadata("SigningKey")),
            Signature = metadata(nameof(SourceItem.Signature)).Trim(),
            Groups = [.. metadata(nameof(SourceItem.Groups))
                .Split([',', ';', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
            Submodules = metadata(nameof(SourceItem.Submodules)) switch
            {
                "" or "true" => true,
                "false" => false,
                var other => throw Invalid($"Submodules of a KernelSource item is '{other}'; true or false was expected", project),
            },
        };
    }

    private static ImmutableArray<string> List(string text) => [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static DiagnosticException Invalid(string message, string project) =>
        new(Diagnostic.Error(DiagnosticCodes.DeviceInvalid, message, "correct the device project") with { File = project });
}
