using System.Buffers;
using System.Text;

namespace KernelBuild.Fetch.Manifests;

/// <summary>Names and paths of a manifest, checked as repo checks them (manifest_xml.py, _CheckLocalPath).</summary>
internal static class ManifestPath
{
    // characters that some file systems leave out: another way to write .git
    private static readonly SearchValues<char> _invisible = SearchValues.Create(
        "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u206a\u206b\u206c\u206d\u206e\u206f\ufeff");

    /// <exception cref="Diagnostics.DiagnosticException">KB1024.</exception>
    public static void Require(ManifestNode node, string attribute, string path, bool mayBeFolder = false, bool mayBeDot = false)
    {
        if (Check(path, mayBeFolder, mayBeDot) is { } why)
        {
            throw node.Place.Fault($"{attribute} of <{node.Name}> is '{path}', which {why}");
        }
    }

    /// <returns>What speaks against it; null when nothing does.</returns>
    public static string? Check(string path, bool mayBeFolder = false, bool mayBeDot = false)
    {
        if (path.Contains('~', StringComparison.Ordinal))
        {
            return "has a '~', the mark of short names on Windows";
        }

        if (path.AsSpan().ContainsAny(_invisible))
        {
            return "has an invisible character, which some file systems leave out";
        }

        if (path.AsSpan().ContainsAny('\r', '\n'))
        {
            return "has a line break";
        }

        if (path.StartsWith('/'))
        {
            return "is absolute";
        }

        var parts = path.TrimEnd('/').Split('/');
        if ((!mayBeDot || parts is not ["."]) && Array.Find(parts, IsForbidden) is { } part)
        {
            return $"has the part '{part}'";
        }

        return !mayBeFolder && path.EndsWith('/') ? "ends in '/'"
            : Tidy(path).Length == 0 ? null
            // what git and Linux take is less than what repo lets through
            : MemberPath.Read(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(Tidy(path))), out _, out _);
    }

    /// <summary>Without slashes that say nothing; "" for the top.</summary>
    public static string Tidy(string path) =>
        path is "." or "./" ? "" : string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."));

    /// <summary>Path.Combine without its view of '\'.</summary>
    public static string Join(string above, string path) => above.Length == 0 ? path : path.Length == 0 ? above : above + "/" + path;

    /// <summary>The way from a folder to a path of the same tree, as os.path.relpath writes it.</summary>
    public static string Relative(string path, string folder)
    {
        var to = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var from = folder.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var common = 0;
        while (common < to.Length && common < from.Length && to[common] == from[common])
        {
            common++;
        }

        var way = Enumerable.Repeat("..", from.Length - common).Concat(to.Skip(common)).ToArray();
        return way.Length == 0 ? "." : string.Join('/', way);
    }

    public static string FolderOf(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "";

    /// <summary>a, a/b and a/b/c of a/b/c/d.</summary>
    public static IEnumerable<string> Above(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }

    private static bool IsForbidden(string part) =>
        part is "." or ".." || part.Equals(".git", StringComparison.OrdinalIgnoreCase)
        || part.StartsWith(".repo", StringComparison.OrdinalIgnoreCase);
}
