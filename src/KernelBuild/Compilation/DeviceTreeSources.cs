namespace KernelBuild.Compilation;

/// <summary>A device-tree source of the device's own and the files beside it that it includes, directly or not.</summary>
public static class DeviceTreeSources
{
    /// <summary>The file itself and every existing file that #include "…" or /include/ "…" names relative to the including one.</summary>
    public static IReadOnlyList<string> Closure(string file)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([file]);
        while (open.TryPop(out var next))
        {
            if (!File.Exists(next) || !found.Add(next))
            {
                continue;
            }

            foreach (var line in File.ReadLines(next))
            {
                if (IncludedBy(line) is { } name)
                {
                    open.Push(Path.GetFullPath(name, Path.GetDirectoryName(next)!));
                }
            }
        }

        return [.. found];
    }

    private static string? IncludedBy(string line)
    {
        var text = line.TrimStart();
        var directive = text.StartsWith("#include", StringComparison.Ordinal) ? "#include"
            : text.StartsWith("/include/", StringComparison.Ordinal) ? "/include/"
            : null;
        return directive is not null && text[directive.Length..].Split('"') is [_, var name, ..] ? name : null;
    }
}
