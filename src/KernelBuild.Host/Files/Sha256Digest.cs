using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace KernelBuild.Host.Files;

/// <summary>A SHA-256 digest: 64 lower-case hexadecimal digits. A string in JSON.</summary>
[JsonConverter(typeof(Sha256DigestJson))]
public readonly record struct Sha256Digest
{
    private readonly string? _hex;

    private Sha256Digest(string hex) => _hex = hex;

    public static bool TryParse([NotNullWhen(true)] string? text, out Sha256Digest digest)
    {
        var ok = text is { Length: 64 } && text.All(char.IsAsciiHexDigit);
        digest = ok ? new Sha256Digest(text!.ToLowerInvariant()) : default;
        return ok;
    }

    public static Sha256Digest Parse(string text) =>
        TryParse(text, out var digest) ? digest : throw new FormatException($"'{text}' is not a SHA-256 digest");

    public static Sha256Digest Of(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)));

    public static Sha256Digest Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    public static Sha256Digest OfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return new Sha256Digest(Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    public static async Task<Sha256Digest> OfFileAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        return new Sha256Digest(Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)));
    }

    public override string ToString() => _hex ?? "";
}
