using System.Diagnostics.CodeAnalysis;

namespace Nuke.Common.IO;

/// <summary>
/// An absolute path, without <c>.</c>, <c>..</c>, doubled or trailing separators. Two paths are equal when their texts are;
/// the disk is not read.
/// </summary>
public sealed record AbsolutePath
{
    private readonly string _path;

    private AbsolutePath(string path)
    {
        Assert.True(Path.IsPathFullyQualified(path), $"Path '{path}' is not absolute");
        _path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
    }

    /// <summary>The directory that contains it; null for the root directory.</summary>
    public AbsolutePath? Parent => Path.GetDirectoryName(_path);

    [return: NotNullIfNotNull(nameof(path))]
    public static implicit operator AbsolutePath?(string? path) => path is null ? null : new AbsolutePath(path);

    [return: NotNullIfNotNull(nameof(path))]
    public static implicit operator string?(AbsolutePath? path) => path?._path;

    /// <summary>A path relative to <paramref name="left"/>.</summary>
    public static AbsolutePath operator /(AbsolutePath left, string? right)
    {
        Assert.True(!Path.IsPathRooted(right), $"'{right}' is absolute and cannot be below {left}");
        return new AbsolutePath(Path.Combine(left._path, right ?? ""));
    }

    public override string ToString() => _path;
}
