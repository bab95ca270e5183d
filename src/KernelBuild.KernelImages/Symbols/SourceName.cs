using System.Text.RegularExpressions;

namespace KernelBuild.KernelImages.Symbols;

/// <summary>
/// The name that a function has in the source, from the one it has in the kernel: compilers append what they made of it, and the kernel's
/// macros wrap functions that link-time optimization must not see.
/// </summary>
public static partial class SourceName
{
    /// <summary>
    /// <c>f</c> for <c>f.llvm.123</c>, <c>f.constprop.0</c>, <c>f.isra.0</c>, <c>f.part.0</c>, <c>f.cold</c>, <c>f.cfi_jt</c>,
    /// <c>f$123abc</c>, for the stub of a PCI fixup (<c>__UNIQUE_ID_f123</c>, include/linux/pci.h), and for that of an initcall
    /// (<c>__initstub__kmod_module__123_45_f6</c>, include/linux/init.h); else the name itself.
    /// </summary>
    public static string Of(string name)
    {
        var end = name.AsSpan(Math.Min(1, name.Length)).IndexOfAny('.', '$');
        var plain = end < 0 ? name : name[..(end + 1)];
        return !plain.StartsWith("__", StringComparison.Ordinal) ? plain
            : FixupStub().Match(plain) is { Success: true } fixup ? fixup.Groups[1].Value
            : InitCallStub().Match(plain) is { Success: true } call ? call.Groups[1].Value
            : plain;
    }

    /// <summary>A counter stands behind the name; since Linux 6.19 there is an underscore between them.</summary>
    [GeneratedRegex(@"^__UNIQUE_ID_(.+?)_?\d+$")]
    private static partial Regex FixupStub();

    /// <summary>Module, counter, line, function, level.</summary>
    [GeneratedRegex(@"^__initstub__kmod_.*__\d+_\d+_(.+?)(?:early|rootfs|con|[0-7]s?)$")]
    private static partial Regex InitCallStub();
}
