using System.Collections.Immutable;

namespace KernelBuild.Patches.Mail;

/// <summary>The text of a mail, decoded from its transfer encoding but not from its character sets.</summary>
/// <param name="Charsets">Where the text of each part ends, and what set it states; empty when it states none.</param>
internal sealed record MailBody(ReadOnlyMemory<byte> Text, ImmutableArray<(int End, string Name)> Charsets)
{
    /// <summary>What the header's own bytes are read with: the first set that is stated.</summary>
    public string Charset => Charsets.FirstOrDefault(part => part.Name.Length > 0).Name ?? "";

    public string CharsetAt(int position) => Charsets.FirstOrDefault(part => position < part.End).Name ?? "";
}
