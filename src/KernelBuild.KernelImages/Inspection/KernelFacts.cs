using KernelBuild.Compression.Recognition;
using KernelBuild.KernelImages.Configuration;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Relocations;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.Inspection;

/// <summary>A kernel at a glance.</summary>
/// <param name="Banner">"Linux version …"; null when there is none.</param>
/// <param name="Version">"6.12.117+deb12-arm64"; empty without a banner.</param>
/// <param name="Compiler">What the banner says of compiler and linker; empty when it does not.</param>
/// <param name="Header">The arm64 header; null when the file has none.</param>
/// <param name="Base">The address of the first byte; null when nothing tells it.</param>
/// <param name="AddressBits">
/// The kernel's virtual addresses (VA_BITS, or VA_BITS_MIN where it adapts), from the base; null without one.
/// </param>
/// <param name="Relocations">How pointers are marked.</param>
/// <param name="RelocationCount">Pointers that are.</param>
/// <param name="Randomized">Whether the kernel moves itself at boot (KASLR): it has the code for it.</param>
/// <param name="SymbolCount">Symbols; 0 without kallsyms.</param>
/// <param name="SymbolForm">How their addresses are stored; null without kallsyms.</param>
/// <param name="HasDataSymbols">Whether data has symbols, too (KALLSYMS_ALL).</param>
/// <param name="TypeCount">BTF types; 0 without.</param>
/// <param name="ConfigurationLength">Bytes of the embedded configuration; 0 without.</param>
public sealed record KernelFacts(
    string? Banner, string Version, string Compiler, Arm64Image? Header, ulong? Base, int? AddressBits, RelocationForm Relocations,
    int RelocationCount, bool Randomized,
    int SymbolCount, KallsymsAddressForm? SymbolForm, bool HasDataSymbols, int TypeCount, int ConfigurationLength)
{
    private static readonly string[] RandomizingFunctions =
    [
        "kaslr_early_init", "__pi_kaslr_early_init", "kaslr_init", "__pi_kaslr_seed", "init_feature_override",
    ];

    public static KernelFacts Of(KernelImage image)
    {
        var banner = LinuxBanner.Find(image.Bytes.Span);
        var symbols = image.TryGetSymbols(out var found, out _) ? found : null;
        var types = TypeTable.TryFind(image.Bytes, out var table, out _) ? table : null;
        var version = VersionOf(banner);
        return new KernelFacts(
            banner, version, CompilerOf(banner), image.Header, image.Base, AddressBitsOf(image.Base, version), image.Relocations.Form,
            image.Relocations.Count,
            symbols is not null && image.Relocations.Form != RelocationForm.None
                && RandomizingFunctions.Any(name => symbols.TryFind(name, out _)),
            symbols?.Count ?? 0, symbols?.Form, symbols is not null && symbols.TryFind("init_task", out var data) && !data.IsCode,
            types?.Count ?? 0, EmbeddedConfiguration.TryRead(image.Bytes, out var text, out _) ? text.Length : 0);
    }

    /// <summary>The third word of a banner; empty without one.</summary>
    public static string VersionOf(string? banner) => banner?.Split(' ') is ["Linux", "version", var version, ..] ? version : "";

    /// <summary>The second pair of brackets: the first is who built it.</summary>
    private static string CompilerOf(string? banner)
    {
        var start = banner?.IndexOf(") (", StringComparison.Ordinal) ?? -1;
        var end = banner?.LastIndexOf(") #", StringComparison.Ordinal) ?? -1;
        return start >= 0 && end > start ? banner![(start + 3)..end] : "";
    }

    /// <summary>
    /// The image lies at the lower end of the kernel's half until Linux 5.3, and since then in its upper half's lower end
    /// (arch/arm64/include/asm/memory.h, KIMAGE_VADDR).
    /// </summary>
    private static int? AddressBitsOf(ulong? start, string version)
    {
        if (start is not { } address)
        {
            return null;
        }

        var bits = 64 - System.Numerics.BitOperations.LeadingZeroCount(~address);
        var numbers = version.Split('.');
        var isOld = numbers.Length >= 2 && int.TryParse(numbers[0], out var major) && int.TryParse(numbers[1], out var minor)
            && (major < 5 || (major == 5 && minor < 4));
        return isOld ? bits : bits + 1;
    }
}
