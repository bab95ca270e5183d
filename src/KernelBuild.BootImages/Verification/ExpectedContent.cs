using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Verification;

/// <summary>What a part of an image must be: absent, exactly some bytes, or anything.</summary>
public sealed record ExpectedContent
{
    private ExpectedContent(ExpectedState state, string sha256 = "")
    {
        State = state;
        Sha256 = sha256;
    }

    /// <summary>The part is not looked at.</summary>
    public static ExpectedContent Any { get; } = new(ExpectedState.Any);

    /// <summary>The part must not be there, or be empty.</summary>
    public static ExpectedContent Absent { get; } = new(ExpectedState.Absent);

    public ExpectedState State { get; }

    /// <summary>64 lower-case hexadecimal digits of the bytes; empty when any or no bytes are expected.</summary>
    public string Sha256 { get; }

    /// <summary>Exactly these bytes once the part is decompressed, whatever it is compressed with.</summary>
    public static ExpectedContent Exactly(ReadOnlyMemory<byte> content) => new(ExpectedState.Content, HashOf(content));

    /// <summary>Exactly these bytes as they are stored.</summary>
    public static ExpectedContent ExactlyStored(ReadOnlyMemory<byte> stored) => new(ExpectedState.Stored, HashOf(stored));

    internal static string HashOf(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(MemoryWindow.Sha256(bytes));
}
