using System.Collections.Immutable;

namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// A list of the kernel module interface of Android's common kernels (android/abi_gki_aarch64*): headings in square brackets, a symbol a
/// line, remarks behind #.
/// </summary>
/// <param name="File">Its name, for messages.</param>
/// <param name="Symbols">All of its symbols.</param>
public sealed record KmiSymbolList(string File, ImmutableHashSet<string> Symbols)
{
    public static KmiSymbolList Parse(string text, string file) => new(
        file,
        [
            .. text.Split('\n')
                .Select(line => line.Split('#')[0].Trim())
                .Where(line => line.Length > 0 && !line.StartsWith('[') && !line.Any(char.IsWhiteSpace)),
        ]);
}
