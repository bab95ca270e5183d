using System.Collections.Immutable;
using KernelBuild.Compression.Recognition;
using KernelBuild.KernelImages.Configuration;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Inspection;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.Modules;

/// <summary>What is known of a kernel that modules are to be loaded into; null and default mean that it is not known.</summary>
public sealed record KernelInterface
{
    /// <summary>"6.1.0-56-arm64".</summary>
    public string? Release { get; init; }

    /// <summary>What the kernel compares a module's version magic with.</summary>
    public string? Vermagic { get; init; }

    public ModuleConfiguration? Configuration { get; init; }

    /// <summary>Exported by the kernel and, where Module.symvers says it, by its modules.</summary>
    public ImmutableArray<ExportedSymbol> Exports { get; init; }

    /// <summary>What the code of the kernel proves of its rules.</summary>
    public ModuleRules Rules { get; init; } = new();

    /// <summary>Types of the kernel (BTF).</summary>
    public TypeTable? Types { get; init; }

    /// <summary>Whether checksums of symbols are compared (MODVERSIONS).</summary>
    public bool? HasVersions =>
        Configuration is { } configuration ? configuration.IsOn("CONFIG_MODVERSIONS")
        : Vermagic is not null ? KernelVermagic.WordsOf(Vermagic).Contains("modversions")
        : HasChecksums ? true : null;

    /// <summary>Whether the checksums that the kernel compares with are known.</summary>
    public bool HasChecksums => !Exports.IsDefault && Exports.Any(symbol => symbol.Crc is not null);

    /// <summary>False when the kernel loads no module at all.</summary>
    public bool? LoadsModules => Configuration is { } configuration ? configuration.IsOn("CONFIG_MODULES") : Vermagic is not null ? true
        : null;

    /// <summary>Reads what an image says of itself.</summary>
    public static KernelInterface Of(KernelImage image)
    {
        var banner = LinuxBanner.Find(image.Bytes.Span);
        var vermagic = KernelVermagic.Find(image);
        var exports = ImageExports.Find(image);
        if (vermagic is not null && !KernelVermagic.WordsOf(vermagic).Contains("modversions"))
        {
            // what lies behind the table is something else then
            exports = [.. exports.Select(symbol => symbol with { Crc = null })];
        }

        var hasConfiguration = EmbeddedConfiguration.TryRead(image.Bytes, out var text, out _);
        return new KernelInterface
        {
            Release = KernelFacts.VersionOf(banner) is { Length: > 0 } release ? release : null,
            Vermagic = vermagic,
            Configuration = hasConfiguration ? ModuleConfiguration.Parse(System.Text.Encoding.UTF8.GetString(text.Span)) : null,
            Exports = exports.IsEmpty ? default : exports,
            Rules = ModuleRules.Of(image.Bytes.Span, banner),
            Types = TypeTable.TryFind(image.Bytes, out var types, out _) ? types : null,
        };
    }

    /// <summary>The same with what a .config says beyond.</summary>
    public KernelInterface With(ModuleConfiguration configuration) => this with
    {
        Configuration = configuration,
        Vermagic = Vermagic ?? KernelVermagic.Of(Release ?? "?", configuration),
        Rules = Rules.With(configuration),
    };
}
