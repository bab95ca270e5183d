using System.CommandLine;
using System.Globalization;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.Cli.Kernels;

/// <summary>What the verbs of <c>kernel</c> share.</summary>
internal static class KernelOptions
{
    public static Argument<string> Image() => Arguments.File("IMAGE", "boot.img, a compressed or raw arm64 kernel, or vmlinux");

    public static Option<bool> Json() =>
        new("--json") { Description = "Write one JSON document; its shape is in docs/guide/kernel-images.md" };

    public static Argument<string[]> Functions(string description, ArgumentArity arity)
    {
        var names = new Argument<string[]>("FUNCTION") { Description = description, Arity = arity };
        names.Validators.Add(result =>
        {
            // The parser takes an option it does not know for a name.
            foreach (var token in result.Tokens.Where(token => token.Value.StartsWith('-')))
            {
                result.AddError($"There is no option {token.Value}.");
            }
        });
        return names;
    }

    public static Option<int> Depth(int otherwise) =>
        new("--depth") { Description = $"Levels at most (default {otherwise})", DefaultValueFactory = _ => otherwise };

    /// <summary>All symbols of a name; static functions of one name occur more than once.</summary>
    /// <exception cref="DiagnosticException">KB8007, with the nearest names.</exception>
    public static IReadOnlyList<KernelSymbol> Find(InputKernel kernel, string name)
    {
        var symbols = kernel.Symbols();
        var found = symbols.FindAll(name);
        if (found.Count > 0)
        {
            return found;
        }

        var nearest = NearestName
            .Among(name, Enumerable.Range(0, symbols.Count).Select(index => symbols[index].Name).Distinct(StringComparer.Ordinal), 3)
            .ToArray();
        throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.KernelSymbolUnknown,
            $"the kernel has no symbol '{name}'",
            nearest.Length > 0
                ? $"did you mean {string.Join(", ", nearest)}?"
                : "it may be inlined, or in a module; kernelbuild kernel symbols lists all that there are") with
        { File = kernel.Path });
    }

    public static string Hex(ulong address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");

    public static string Id(ushort id) => id.ToString("x4", CultureInfo.InvariantCulture);
}
