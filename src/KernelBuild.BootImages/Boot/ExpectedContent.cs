using System.Security.Cryptography;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Boot;

/// <summary>What some bytes must be, known by their SHA-256.</summary>
public sealed record ExpectedContent
{
    private ExpectedContent(string sha256) => Sha256 = sha256;

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Sha256 { get; }

    /// <summary>Exactly these bytes.</summary>
    public static ExpectedContent FromBytes(ReadOnlyMemory<byte> bytes) => new(HashOf(bytes));

    /// <summary>Bytes with this SHA-256.</summary>
    /// <param name="hexadecimal">64 digits, in either case.</param>
    /// <exception cref="FormatException">Anything else.</exception>
    public static ExpectedContent FromSha256(string hexadecimal) =>
        Convert.FromHexString(hexadecimal) is { Length: SHA256.HashSizeInBytes } hash
            ? new ExpectedContent(Convert.ToHexStringLower(hash))
            : throw new FormatException($"\"{hexadecimal}\" is no SHA-256 of 64 hexadecimal digits");

    public bool Matches(ReadOnlyMemory<byte> bytes) => HashOf(bytes) == Sha256;

    internal static string HashOf(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(MemoryWindow.Sha256(bytes));
}
