using System.Text;

namespace KernelBuild.Git.Objects;

/// <summary>Makes git's tree objects, bottom up, from a flat list of files.</summary>
public static class TreeBuilder
{
    /// <param name="entries">Sorted by the bytes of the path, each path once.</param>
    /// <returns>The name of the root tree.</returns>
    public static GitObjectId Build(PackFile pack, IReadOnlyList<TreeEntry> entries)
    {
        var next = 0;
        return Build(pack, entries, ref next, []);
    }

    private static GitObjectId Build(PackFile pack, IReadOnlyList<TreeEntry> entries, ref int next, ReadOnlySpan<byte> prefix)
    {
        var children = new List<(byte[] Name, uint Mode, GitObjectId Id)>();
        while (next < entries.Count && entries[next].Path.Span.StartsWith(prefix))
        {
            var entry = entries[next];
            var rest = entry.Path.Span[prefix.Length..];
            var slash = rest.IndexOf((byte)'/');
            if (slash < 0)
            {
                children.Add((rest.ToArray(), entry.Mode, entry.Id));
                next++;
            }
            else
            {
                var name = rest[..slash].ToArray();
                var id = Build(pack, entries, ref next, entry.Path.Span[..(prefix.Length + slash + 1)]);
                children.Add((name, TreeEntry.Directory, id));
            }
        }

        // git's base_name_compare: a directory sorts as if its name ended in '/'
        children.Sort((a, b) => SortKey(a.Name, a.Mode).AsSpan().SequenceCompareTo(SortKey(b.Name, b.Mode)));
        using var content = new MemoryStream();
        foreach (var (name, mode, id) in children)
        {
            content.Write(Encoding.ASCII.GetBytes(Convert.ToString(mode, 8)));
            content.WriteByte((byte)' ');
            content.Write(name);
            content.WriteByte(0);
            content.Write(id.ToBytes());
        }

        return pack.Add(PackFile.ObjectType.Tree, content.ToArray());
    }

    private static byte[] SortKey(byte[] name, uint mode) => mode == TreeEntry.Directory ? [.. name, (byte)'/'] : name;
}
