using System.Diagnostics.CodeAnalysis;

namespace Nuke.Common.IO;

/// <summary>
/// The path of a file or directory from the root, without <c>.</c>, <c>..</c>, doubled or trailing separators.
/// Two paths are equal when they are spelt alike; nothing looks at the disk.
/// </summary>
public sealed class AbsolutePath : IEquatable<AbsolutePath>
{
    private readonly string _path;

    private AbsolutePath(string path)
    {
        Assert.True(Path.IsPathFullyQualified(path), $"Path '{path}' must be rooted");
        _path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
    }

    /// <summary>The last part of the path.</summary>
    public string Name => Path.GetFileName(_path);

    /// <summary>The last part of the path up to its last dot.</summary>
    public string NameWithoutExtension => Path.GetFileNameWithoutExtension(_path);

    /// <summary>The last part of the path from its last dot on, the dot included; empty where there is none.</summary>
    public string Extension => Path.GetExtension(_path);

    /// <summary>The directory that holds it; null for the root.</summary>
    public AbsolutePath? Parent => Path.GetDirectoryName(_path) is { } parent ? new AbsolutePath(parent) : null;

    /// <summary>The path, which must be rooted.</summary>
    public static AbsolutePath Create(string path) => new(path);

    [return: NotNullIfNotNull(nameof(path))]
    public static implicit operator AbsolutePath?(string? path) => path is null ? null : new AbsolutePath(path);

    [return: NotNullIfNotNull(nameof(path))]
    public static implicit operator string?(AbsolutePath? path) => path?._path;

    /// <summary>A path below <paramref name="left"/>, or beside it by <c>..</c>.</summary>
    public static AbsolutePath operator /(AbsolutePath left, string? right)
    {
        Assert.False(Path.IsPathRooted(right), $"'{right}' is rooted and cannot be below {left}");
        return right is null ? left : new AbsolutePath(left._path + Path.DirectorySeparatorChar + right);
    }

    /// <summary>The path with text put to its end: <c>image + ".sha256"</c>.</summary>
    public static AbsolutePath operator +(AbsolutePath left, string? right) => new(left._path + right);

    public static bool operator ==(AbsolutePath? a, AbsolutePath? b) => a?._path == b?._path;

    public static bool operator !=(AbsolutePath? a, AbsolutePath? b) => !(a == b);

    public bool Equals(AbsolutePath? other) => this == other;

    public override bool Equals(object? obj) => Equals(obj as AbsolutePath);

    public override int GetHashCode() => _path.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _path;
}
