using KernelBuild.BootImages.Boot;

namespace KernelBuild.KernelImages.Containers;

/// <summary>MediaTek's header in front of a bare kernel, as unpackers of boot images leave it.</summary>
internal static class MediatekForm
{
    public static LoaderForm? TryRead(ReadOnlyMemory<byte> bytes) =>
        MtkHeader.TryRead(bytes, out var header)
            ? LoaderForm.Of(bytes, KernelLayerKind.MtkHeader, MtkHeader.Length, header.PayloadSize, header.Name)
            : null;
}
