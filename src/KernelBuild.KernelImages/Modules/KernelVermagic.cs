using System.Text;
using KernelBuild.Compression.Recognition;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Inspection;

namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// The version magic that a kernel compares a module's with: release, then words for some options, each with a blank behind it as the
/// macros
/// are, then the architecture. Source: include/linux/vermagic.h.
/// </summary>
public static class KernelVermagic
{
    private const int LongestText = 256;

    /// <summary>The text that stands in an image; null when there is none, as in a kernel without CONFIG_MODULES.</summary>
    public static string? Find(KernelImage image)
    {
        var bytes = image.Bytes.Span;
        var release = KernelFacts.VersionOf(LinuxBanner.Find(bytes));
        if (release.Length == 0)
        {
            return null;
        }

        var wanted = Encoding.ASCII.GetBytes(release + " ");
        for (var from = 0; bytes[from..].IndexOf(wanted) is >= 0 and var at; from += at + wanted.Length)
        {
            // the banner goes on with the builder in brackets
            if (KernelBytes.Text(bytes, from + at, LongestText) is { IsEmpty: false } text
                && Encoding.ASCII.GetString(text) is var whole && IsOne(whole))
            {
                return whole;
            }
        }

        return null;
    }

    /// <summary>What a configuration makes of it.</summary>
    /// <param name="release">The kernel's release; "?" where it is not known, which no comparison with MODVERSIONS looks at.</param>
    /// <param name="configuration">All symbols.</param>
    /// <returns>Null when words depend on more than the configuration: RANDSTRUCT has a hash of its seed, 32-bit arm the
    /// processor.</returns>
    public static string? Of(string release, ModuleConfiguration configuration)
    {
        if (configuration.IsOn("CONFIG_RANDSTRUCT") || configuration.IsOn("CONFIG_GCC_PLUGIN_RANDSTRUCT")
            || !configuration.IsOn("CONFIG_ARM64"))
        {
            return null;
        }

        var words = new StringBuilder(release).Append(' ');
        Append("CONFIG_SMP", "SMP ");
        if (configuration.IsOn("CONFIG_PREEMPT_BUILD") || configuration.IsOn("CONFIG_PREEMPT"))
        {
            words.Append("preempt ");
        }
        else
        {
            Append("CONFIG_PREEMPT_RT", "preempt_rt ");
        }

        Append("CONFIG_MODULE_UNLOAD", "mod_unload ");
        Append("CONFIG_MODVERSIONS", "modversions ");
        return words.Append("aarch64").ToString();

        void Append(string option, string word) => words.Append(configuration.IsOn(option) ? word : "");
    }

    /// <summary>The words behind the release.</summary>
    public static string[] WordsOf(string vermagic) => vermagic.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, .. var words]
        ? words
        : [];

    /// <summary>From the first blank on, which is all that is compared when checksums decide about the rest.</summary>
    public static string WithoutRelease(string vermagic) =>
        vermagic.IndexOf(' ', StringComparison.Ordinal) is >= 0 and var blank ? vermagic[blank..] : "";

    /// <summary>The option behind a word; null when none is known.</summary>
    public static string? OptionOf(string word) => word switch
    {
        "SMP" => "CONFIG_SMP",
        "preempt" => "CONFIG_PREEMPT_BUILD (PREEMPT or PREEMPT_DYNAMIC)",
        "preempt_rt" => "CONFIG_PREEMPT_RT",
        "mod_unload" => "CONFIG_MODULE_UNLOAD",
        "modversions" => "CONFIG_MODVERSIONS",
        "thumb2" => "CONFIG_THUMB2_KERNEL",
        "p2v8" => "CONFIG_ARM_PATCH_PHYS_VIRT",
        _ when word.StartsWith("RANDSTRUCT", StringComparison.Ordinal) => "CONFIG_RANDSTRUCT, whose seed each build draws for itself",
        _ when word is "aarch64" || word.StartsWith("ARMv", StringComparison.Ordinal) => "the architecture",
        _ => null,
    };

    private static bool IsOne(string text) =>
        WordsOf(text) is { Length: > 0 } words && words.Contains("aarch64")
        && words.All(word => OptionOf(word) is not null || word.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'));
}
