using System.Text;
using KernelBuild.Git.Objects;

namespace KernelBuild.Patches.Application;

/// <summary>A file in the midst of a series: as the source has it until a patch touches it, then in memory.</summary>
internal sealed class FileState
{
    private FileImage? _image;
    private byte[]? _content;

    private FileState(uint mode) => Mode = mode;

    public uint Mode { get; private init; }

    /// <summary>The blob, while the file is as the source has it.</summary>
    public string? BaseId { get; private init; }

    /// <summary>The file as lines; cut up on first use.</summary>
    public FileImage Image => _image ??= FileImage.Of(_content!);

    public static FileState OfSource(SourceEntry entry, byte[] content) => new(entry.Mode) { BaseId = entry.Id, _content = content };

    /// <summary>A submodule: its content is the line that diffs show for it.</summary>
    /// <param name="id">The commit of the submodule's own repository, 40 hex digits.</param>
    public static FileState OfLink(string id) => new(GitLink) { BaseId = id, _content = Encoding.ASCII.GetBytes($"{LinkText}{id}\n") };

    /// <summary>The commit that the lines of a submodule name; null when they are not one line that does.</summary>
    public static string? LinkedCommit(FileImage image)
    {
        var line = image.Count == 1 ? Encoding.Latin1.GetString(image.LineAt(0)).TrimEnd('\n') : "";
        return line.StartsWith(LinkText, StringComparison.Ordinal) && line[LinkText.Length..] is { Length: GitObjectId.HexLength } id
            && id.All(char.IsAsciiHexDigit) ? id.ToLowerInvariant() : null;
    }

    public static FileState OfBytes(uint mode, byte[] content) => new(mode) { _content = content };

    public static FileState OfLines(uint mode, FileImage image) => new(mode) { _image = image };

    public byte[] ToArray() => _content ?? _image!.ToArray();

    /// <summary>Lets go of the content; what the file is remains known.</summary>
    public void Release() => (_image, _content) = (null, null);

    /// <summary>The same content under another mode; the lines are shared.</summary>
    public FileState WithMode(uint mode) =>
        mode == Mode ? this : new FileState(mode) { _image = _image, _content = _content, BaseId = BaseId };

    /// <summary>The mode that git records for what a patch says: files are 644 or 755, nothing between.</summary>
    public static uint CanonicalMode(uint mode) => TypeOf(mode) switch
    {
        TreeEntry.Symlink => TreeEntry.Symlink,
        GitLink => GitLink,
        _ => (mode & 0x40) != 0 ? TreeEntry.Executable : TreeEntry.Regular,
    };

    /// <summary>The part of a mode that tells files, links and repositories apart (S_IFMT).</summary>
    public static uint TypeOf(uint mode) => mode & 0xf000;

    public const uint GitLink = 0xe000;

    private const string LinkText = "Subproject commit ";
}
