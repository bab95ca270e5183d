using System.Globalization;
using System.Text;
using KernelBuild.Caching;
using KernelBuild.Device;
using KernelBuild.Manifest;

namespace KernelBuild.Summary;

/// <summary>
/// What stands in a device's folders, in Markdown: the kernel, its patches, its groups, its files, what the compiler cache did.
/// </summary>
public static class DeviceSummary
{
    /// <summary>Of the largest files; a device with all its trees has hundreds.</summary>
    private const int MostFiles = 40;

    public static string Of(DeviceFolders folders)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## {Markdown.Text(folders.Variant)}\n\n");
        if (BuildManifest.FindFinished(folders) is { } manifest)
        {
            AppendKernel(text, manifest);
            AppendPatches(text, manifest.Source);
            AppendFiles(text, manifest.Outputs);
        }
        else
        {
            text.Append("There is no finished build.\n\n");
        }

        if (GroupsBeforeAndAfter.Of(folders) is { } groups)
        {
            text.Append("### IOMMU groups\n\n").Append(groups.ToMarkdown());
        }

        if (CompilerCacheReport.Read(folders.CompilerCacheLog) is { } cache && cache.Hits + cache.Misses > 0)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"Compiler cache in the last compilation: {cache.Hits} hits, {cache.Misses} misses "
                + $"({100.0 * cache.Hits / (cache.Hits + cache.Misses):0} %).\n\n");
            AppendRemote(text, cache);
            AppendReasons(text, folders);
        }

        if (BuildManifest.FindFinished(folders)?.Compilation?.Farm is { } farm)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"Build farm ({farm.Kind}): {farm.Remote} calls of the compiler on {farm.Hosts} host(s), {farm.Local} here, {farm.Lost} lost and run again.\n\n");
        }

        return text.ToString();
    }

    private static void AppendRemote(StringBuilder text, CompilerCacheReport cache)
    {
        if (cache.RemoteHits + cache.Errors > 0)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"Of the hits {cache.RemoteHits} came from the shared cache; it failed {cache.Errors} calls.\n\n");
        }
    }

    private static void AppendReasons(StringBuilder text, DeviceFolders folders)
    {
        if (CompilerCalls.TryLoad(folders.CompilerCallsFile) is { Reasons: [_, ..] reasons })
        {
            text.Append(Markdown.Table(
                ["why not cached", "objects"],
                reasons.Select(one => (string[])[Markdown.Text(one.Reason), one.Objects.ToString(CultureInfo.InvariantCulture)])));
        }
    }

    private static void AppendKernel(StringBuilder text, ManifestDocument manifest)
    {
        var rows = new List<string[]>();
        void Row(string name, string? value)
        {
            if (value is { Length: > 0 })
            {
                rows.Add([name, Markdown.Code(value)]);
            }
        }

        Row("release", manifest.Kernel?.Release ?? manifest.Kernel?.Banner);
        Row("build ID", manifest.Kernel?.BuildId);
        Row("source", manifest.Source.Spec);
        Row("version", manifest.Source.Version);
        Row("commit", manifest.Source.Commit);
        Row("with patches", manifest.Source.PatchedCommit);
        Row("project's commit", manifest.Project.Commit is { } commit ? commit + (manifest.Project.Dirty == true ? ", changed" : "") : null);
        if (manifest.Compilation?.Warnings is > 0 and var warnings)
        {
            Row("compiler warnings", warnings.ToString(CultureInfo.InvariantCulture));
        }

        text.Append(Markdown.Table(["kernel", ""], rows));
    }

    private static void AppendPatches(StringBuilder text, ManifestSource source)
    {
        if (!source.Patches.IsEmpty)
        {
            text.Append("### Patches\n\n").Append(Markdown.Table(
                ["series", "patch", "subject", "verdict"],
                source.Patches.Select(patch => (string[])
                    [Markdown.Text(patch.Series), Markdown.Text(patch.Name), Markdown.Text(patch.Subject), "applied"])));
        }
    }

    private static void AppendFiles(StringBuilder text, IEnumerable<ManifestFile> outputs)
    {
        var files = outputs
            .Where(file => !file.Path.EndsWith(".ko", StringComparison.Ordinal))
            .OrderByDescending(file => file.Size);
        text.Append("### Files\n\n").Append(Markdown.Table(
            ["file", "bytes"],
            files.Take(MostFiles).Select(file => (string[])
            [
                Markdown.Code(file.Path), file.Size.ToString("N0", CultureInfo.InvariantCulture),
            ])));
    }
}
