using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Codecs;

/// <summary>What is known of a format: one row of <see cref="CodecTable"/>.</summary>
/// <param name="Format">The format.</param>
/// <param name="Name">As the programs call it, in messages and in JSON.</param>
/// <param name="IsMagic">Whether a stream starts as one of this format does.</param>
/// <param name="Read">Reads one member.</param>
/// <param name="Write">Compresses; null for a format that is only read.</param>
internal sealed record Codec(
    CompressionFormat Format, string Name, Codec.Magic IsMagic, Codec.MemberReader Read, Codec.Writer? Write = null)
{
    /// <summary>Whether members may stand one behind another and are one content then.</summary>
    public bool HasMembers { get; init; } = true;

    /// <summary>Compresses in the form of another stream, as far as the format leaves a choice; null where it leaves none.</summary>
    public LikeWriter? WriteLike { get; init; }

    /// <summary>Whether Linux's build appends the length of the content to a stream of the format (<c>size_append</c>).</summary>
    public bool HasSizeSuffix { get; init; }

    /// <summary>How much content to expect: four bytes of a stored one, where the format says nothing.</summary>
    public ExpectedLength Expect { get; init; } = static stored => stored.Length * 4L;

    internal delegate bool Magic(ReadOnlySpan<byte> stream);

    /// <summary>Reads one member, and stops when the output is over its limit.</summary>
    /// <param name="stored">The member and all that follows it.</param>
    /// <param name="output">Gets the content, behind that of the members before.</param>
    /// <param name="length">Bytes of the member.</param>
    /// <returns>What is wrong, the offset counted from the start of the member; null when all is well.</returns>
    internal delegate Diagnostic? MemberReader(ReadOnlyMemory<byte> stored, OutputBuffer output, out int length);

    internal delegate ReadOnlyMemory<byte> Writer(ReadOnlyMemory<byte> content);

    /// <param name="stored">A sound stream.</param>
    /// <param name="content">What the new one is to hold.</param>
    internal delegate ReadOnlyMemory<byte> LikeWriter(ReadOnlyMemory<byte> stored, ReadOnlyMemory<byte> content);

    internal delegate long ExpectedLength(ReadOnlySpan<byte> stored);
}
