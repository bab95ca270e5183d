using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace KernelBuild.Git.Objects;

/// <summary>A full git object name: SHA-1, 40 lower-case hexadecimal digits. Never abbreviated. A string in JSON.</summary>
[JsonConverter(typeof(GitObjectIdJson))]
public readonly record struct GitObjectId
{
    public const int HexLength = 40;
    public const int ByteLength = 20;

    private readonly string? _hex;

    private GitObjectId(string hex) => _hex = hex;

    public static GitObjectId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not a full git object id");

    public static bool TryParse([NotNullWhen(true)] string? text, out GitObjectId id)
    {
        var ok = text is { Length: HexLength } && text.All(char.IsAsciiHexDigit);
        id = ok ? new GitObjectId(text!.ToLowerInvariant()) : default;
        return ok;
    }

    public static GitObjectId FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == ByteLength
            ? new GitObjectId(Convert.ToHexStringLower(bytes))
            : throw new ArgumentException("a git object id has 20 bytes", nameof(bytes));

    public byte[] ToBytes() => Convert.FromHexString(ToString());

    public override string ToString() => _hex ?? "";
}
