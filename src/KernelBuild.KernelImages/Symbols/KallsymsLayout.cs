using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Symbols;

/// <summary>
/// Where the tables of kallsyms stand in an image. They are found by what they must look like, and by how they agree with each other;
/// the kernel's version is never asked, since distributions carry newer layouts back.
/// </summary>
internal sealed record KallsymsLayout(KallsymsTokens Tokens, KallsymsNames Names, KallsymsAddresses Addresses)
{
    private const int MostCandidates = 16;

    /// <param name="image">An uncompressed image.</param>
    /// <param name="quadAt">What a quad of it holds, relocated.</param>
    /// <param name="layout">Null when the result is false.</param>
    /// <param name="error">KB8005: built without CONFIG_KALLSYMS, or damaged; what was found of it is said.</param>
    public static bool TryFind(
        ReadOnlyMemory<byte> image, Func<long, ulong> quadAt, [NotNullWhen(true)] out KallsymsLayout? layout,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        layout = null;
        error = Missing("there is no token table in the image");
        foreach (var tokens in KallsymsTokens.FindAll(image).Take(MostCandidates))
        {
            if (KallsymsNames.FindBefore(image.Span, tokens.TableOffset) is not { } names)
            {
                error = Missing("no names stand in front of the token table that agree with their markers") with
                {
                    Offset = tokens.TableOffset,
                };
                continue;
            }

            if (KallsymsAddresses.Find(image.Span, names, tokens, quadAt) is not { } addresses)
            {
                error = WithoutAddresses(names);
                continue;
            }

            layout = new KallsymsLayout(tokens, names, addresses);
            error = null;
            return true;
        }

        return false;
    }

    private static Diagnostic Missing(string why) => Diagnostic.Error(
        DiagnosticCodes.KallsymsMissing,
        $"the kernel's own symbols (kallsyms) were not found: {why}",
        "the kernel was built without CONFIG_KALLSYMS, or the file is damaged or cut: compare its size with the header's (kernelbuild "
        + "kernel info)");

    private static Diagnostic WithoutAddresses(KallsymsNames names) => Diagnostic.Error(
        DiagnosticCodes.KallsymsMissing,
        $"kallsyms has {names.Count} names, but no addresses for them stand in front of or behind them in any form that is known",
        "the kernel fills them in when it starts (CONFIG_RELOCATABLE), and the table that it does it from (.rela.dyn) was not found: the "
        + "file is damaged or cut behind the names, or was read out of a running machine; compare its size with the header's (kernelbuild "
        + "kernel info)") with
    {
        Offset = names.NamesOffset,
    };
}
