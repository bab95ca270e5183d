using System.Globalization;
using System.Text;
using System.Text.Json;
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
        var manifest = Path.Combine(folders.Artifacts, BuildManifest.FileName);
        if (File.Exists(manifest))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(manifest));
            AppendKernel(text, document.RootElement);
            AppendPatches(text, document.RootElement.GetProperty("source"));
            AppendFiles(text, document.RootElement.GetProperty("outputs"));
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

    private static void AppendKernel(StringBuilder text, JsonElement manifest)
    {
        var source = manifest.GetProperty("source");
        var rows = new List<string[]>();
        void Row(string name, string? value)
        {
            if (value is { Length: > 0 })
            {
                rows.Add([name, Markdown.Code(value)]);
            }
        }

        if (manifest.TryGetProperty("kernel", out var kernel))
        {
            var banner = kernel.GetProperty("banner").GetString() ?? "";
            Row("release", banner.Split(' ') is ["Linux", "version", var release, ..] ? release : banner);
            Row("build ID", kernel.GetProperty("buildId").GetString());
        }

        Row("source", TextOf(source, "spec"));
        Row("version", TextOf(source, "version"));
        Row("commit", TextOf(source, "commit"));
        Row("with patches", TextOf(source, "patchedCommit"));
        text.Append(Markdown.Table(["kernel", ""], rows));
    }

    private static void AppendPatches(StringBuilder text, JsonElement source)
    {
        var patches = source.GetProperty("patches").EnumerateArray().ToArray();
        if (patches.Length > 0)
        {
            text.Append("### Patches\n\n").Append(Markdown.Table(
                ["series", "patch", "subject", "verdict"],
                patches.Select(patch => (string[])
                [
                    Markdown.Text(TextOf(patch, "series") ?? ""), Markdown.Text(TextOf(patch, "name") ?? ""),
                    Markdown.Text(TextOf(patch, "subject") ?? ""), "applied",
                ])));
        }
    }

    private static void AppendFiles(StringBuilder text, JsonElement outputs)
    {
        var files = outputs.EnumerateArray()
            .Select(output => (Name: TextOf(output, "path") ?? "", Size: output.GetProperty("size").GetInt64()))
            .Where(file => !file.Name.EndsWith(".ko", StringComparison.Ordinal))
            .OrderByDescending(file => file.Size)
            .ToArray();
        text.Append("### Files\n\n").Append(Markdown.Table(
            ["file", "bytes"],
            files.Take(MostFiles).Select(file => (string[])
            [
                Markdown.Code(file.Name), file.Size.ToString("N0", CultureInfo.InvariantCulture),
            ])));
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
