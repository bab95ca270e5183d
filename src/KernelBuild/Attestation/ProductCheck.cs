using KernelBuild.BootImages.Boot;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>
/// The products against the manifest and each other: the kernel's banner and build ID, the compiler that the kernel and its configuration
/// name, the kernel in boot.img, the image that was booted.
/// </summary>
internal sealed class ProductCheck(string root, ManifestDocument manifest)
{
    private const string CompilerText = "CONFIG_CC_VERSION_TEXT=\"";

    public IEnumerable<Diagnostic> Run() => [.. Kernel(), .. Compiler(), .. BootImageHoldsKernel(), .. Reports()];

    private IEnumerable<Diagnostic> Kernel()
    {
        if (manifest.Kernel is not { } said || !Has("Image"))
        {
            yield break;
        }

        var found = KernelIdentity.Of(InputFile.Read(InFolder("Image")));
        if (found.Banner != said.Banner)
        {
            yield return Wrong("Image", "its banner is not that of the manifest", found.Banner, said.Banner);
        }

        if (found.BuildId != said.BuildId)
        {
            yield return Wrong("Image", "its build ID is not that of the manifest", found.BuildId, said.BuildId);
        }

        if (Has("vmlinux") && found.BuildId.Length > 0
            && KernelIdentity.BuildIdIn(InputFile.Read(InFolder("vmlinux")).Span) is { Length: > 0 } whole && whole != found.BuildId)
        {
            yield return Wrong("vmlinux", "its build ID is not that of Image: it is of another build", whole, found.BuildId);
        }
    }

    /// <summary>CONFIG_CC_VERSION_TEXT is the compiler's first line (scripts/Kconfig.include); kernels before 5.8 have none.</summary>
    private IEnumerable<Diagnostic> Compiler()
    {
        if (!Has("config") || manifest.Toolchain is not { } toolchain
            || File.ReadLines(InFolder("config")).FirstOrDefault(line => line.StartsWith(CompilerText, StringComparison.Ordinal)) is not { } line)
        {
            yield break;
        }

        var compiler = line[CompilerText.Length..].TrimEnd('"');
        if (!toolchain.Files.Any(tool => tool.Version?.Replace("#", "", StringComparison.Ordinal) == compiler))
        {
            yield return Wrong(
                "config", "it was made with a compiler that the manifest does not name", compiler,
                string.Join("; ", toolchain.Files.Select(tool => tool.Version).OfType<string>().Distinct().Take(3)));
        }

        if (manifest.Kernel is { Banner.Length: > 0 } kernel && !kernel.Banner.Contains(compiler, StringComparison.Ordinal))
        {
            yield return Wrong("Image", "the kernel says that another compiler made it", kernel.Banner, compiler);
        }
    }

    private IEnumerable<Diagnostic> BootImageHoldsKernel()
    {
        if (!Has("boot.img") || !Has("Image"))
        {
            yield break;
        }

        var image = BootImage.Read(File.ReadAllBytes(InFolder("boot.img")));
        if (image.Kernel.IsEmpty)
        {
            yield break;
        }

        if (!Decompressor.TryDecompress(image.Kernel, out var kernel, out var error))
        {
            yield return error with { File = InFolder("boot.img") };
        }
        else if (!kernel.Content.Span.StartsWith(File.ReadAllBytes(InFolder("Image"))) && !HoldsVmlinux(kernel.Content.Span))
        {
            yield return Wrong("boot.img", "the kernel in it is not Image");
        }
    }

    private bool HoldsVmlinux(ReadOnlySpan<byte> kernel) => Has("vmlinux") && kernel.StartsWith(File.ReadAllBytes(InFolder("vmlinux")));

    private IEnumerable<Diagnostic> Reports() =>
        from report in BootReports.In(root)
        let built = manifest.Outputs.FirstOrDefault(output => output.Path == "boot.img")?.Sha256
        where report.BootedImage is not null && built is not null && report.BootedImage != built
        select Wrong($"{report.Name}/result.json", "another image was booted than the one in the folder", report.BootedImage, built);

    private bool Has(string name) => File.Exists(InFolder(name));

    private string InFolder(string name) => Path.Combine(root, name);

    private Diagnostic Wrong(string name, string what, string? found = null, string? expected = null) =>
        ArtifactVerification.Contradiction(InFolder(name), what, found, expected);
}
