using System.Buffers;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Diagnostics;

namespace KernelBuild.Testing.BootImages;

/// <summary>Edits of damaged images: each is made, or refused with a finding; what is made can be read again.</summary>
internal static class FuzzedEdits
{
    public static IEnumerable<Diagnostic> Apply(byte[] bytes, byte[] ramdisk)
    {
        if (!ImageFile.TryRead(bytes, out var file, out var findings))
        {
            return findings;
        }

        var all = new List<Diagnostic>();
        foreach (var edit in Edits(file, ramdisk))
        {
            try
            {
                if (edit() is { } image)
                {
                    ImageFile.TryRead(image.ToArray(), out _, out _);
                }
            }
            catch (DiagnosticException exception)
            {
                // an edit that is refused is an answer
                all.AddRange(exception.Diagnostics.Select(one => one with { Severity = DiagnosticSeverity.Note }));
            }
        }

        return all;
    }

    private static IEnumerable<Func<ReadOnlySequence<byte>?>> Edits(ImageFile file, byte[] ramdisk)
    {
        var tree = SampleFiles.DeviceTree();
        yield return () => ImageEditor.Apply(file, new ImageEdits { Kernel = Samples.Random(9, 400) }).Bytes;
        yield return () => ImageEditor.Apply(file, new ImageEdits { Ramdisk = ramdisk, Dtb = tree }).Bytes;
        yield return () => ImageEditor.Apply(file, new ImageEdits { BootConfig = "a=b\n"u8.ToArray() }).Bytes;
        yield return () => ImageEditor.Apply(file, new ImageEdits { Overlays = [new DtboEntryContents(tree, 1)] }).Bytes;
        yield return () => FooterEditor.Strip(file)?.Bytes;
        yield return () => FooterEditor.Sign(
            file, new VbmetaContents { ReleaseString = "test" }, "boot", "boot", null, null, new byte[4]).Bytes;
        if (file.VendorBoot is { Ramdisks.IsEmpty: false } vendorBoot)
        {
            var kept = Enumerable.Range(0, vendorBoot.Ramdisks.Length).Select(i => FragmentEdit.Of(vendorBoot, i)).ToArray();
            yield return () => ImageEditor.Apply(
                file, new ImageEdits { FragmentList = [.. kept, new FragmentEdit(null, "new", 3) { Content = ramdisk }] }).Bytes;
            yield return () => ImageEditor.Apply(file, new ImageEdits { FragmentList = [.. kept.Skip(1)] }).Bytes;
        }

        if (file.Boot is { } boot)
        {
            yield return () => ImageEditor.Apply(file, new ImageEdits { Ramdisk = Changed(boot.Ramdisk) }).Bytes;
        }
    }

    private static ReadOnlyMemory<byte> Changed(ReadOnlyMemory<byte> ramdisk)
    {
        var files = RamdiskFiles.Read(ramdisk);
        files.Put("sbin/new", FileType.RegularFile, null, "x"u8.ToArray());
        return files.Stored();
    }
}
