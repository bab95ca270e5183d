using KernelBuild.KernelImages.Image;

namespace KernelBuild.Testing.KernelImages;

/// <summary>What a kernel's own list of symbols is compared with: ours, in the form of /proc/kallsyms.</summary>
public static class ProcKallsyms
{
    public static byte[] Of(KernelImage image)
    {
        var text = new MemoryStream();
        image.ReadSymbols().WriteProcKallsyms(block => text.Write(block.Span));
        return text.ToArray();
    }
}
