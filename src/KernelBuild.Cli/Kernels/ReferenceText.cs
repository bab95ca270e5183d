using System.Globalization;
using KernelBuild.KernelImages.CrossReferences;

namespace KernelBuild.Cli.Kernels;

/// <summary>References for people and for programs.</summary>
internal static class ReferenceText
{
    public static string NameOf(ReferenceKind kind) => kind switch
    {
        ReferenceKind.Call => "call",
        ReferenceKind.Jump => "jump",
        ReferenceKind.Address => "address",
        ReferenceKind.DataPointer => "pointer",
        ReferenceKind.ByHash => "by-hash",
        _ => "through-pointer",
    };

    public static ReferenceInfo InfoOf(Reference reference) =>
        new(NameOf(reference.Kind), KernelOptions.Hex(reference.From), reference.Function, reference.Offset, reference.Member);

    /// <summary>"arm_smmu_ops+0x48 (pointer, iommu_ops.device_group)".</summary>
    public static string Of(Reference reference)
    {
        var place = reference.Function.Length == 0
            ? KernelOptions.Hex(reference.From)
            : string.Create(CultureInfo.InvariantCulture, $"{reference.Function}+0x{reference.Offset:x}");
        var how = reference.Kind switch { ReferenceKind.ThroughPointer => "calls through", ReferenceKind.Address =>
            "takes its address", ReferenceKind.ByHash => "may call it", _ => NameOf(reference.Kind) };
        return $"{place} ({how}"
            + $"{(reference.Member.Length == 0 ? "" : (reference.Kind == ReferenceKind.ThroughPointer ? " " : ", ") + reference.Member)})";
    }
}
