namespace KernelBuild.Iommu.Scanning;

/// <summary>All DTS files of a tree, and what an include in one of them means.</summary>
internal sealed class BoardFiles(IEnumerable<BoardScan> scans)
{
    private readonly Dictionary<string, BoardScan> _files = scans.ToDictionary(scan => scan.File, StringComparer.Ordinal);

    public IEnumerable<BoardScan> All => _files.Values;

    /// <summary>
    /// Beside the file that includes; else as kbuild's scripts/dtc/include-prefixes has it, "arm64/qcom/x.dtsi" being
    /// arch/arm64/boot/dts/qcom/x.dtsi; else below a folder above. Null for what is no DTS file of the tree, such as a header.
    /// </summary>
    public BoardScan? Resolve(string from, string include)
    {
        for (var folder = Folder(from); ; folder = Folder(folder))
        {
            if (_files.TryGetValue(Normal(folder.Length == 0 ? include : folder + "/" + include), out var found))
            {
                return found;
            }

            if (folder.Length == 0)
            {
                break;
            }
        }

        var slash = include.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 ? _files.GetValueOrDefault($"arch/{include[..slash]}/boot/dts{include[slash..]}") : null;
    }

    private static string Folder(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "";

    private static string Normal(string path)
    {
        if (!path.Contains("..", StringComparison.Ordinal))
        {
            return path;
        }

        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part == ".." && parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }
}
