using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.KernelImages.Containers;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.Cli.Files;

/// <summary>A kernel that the user named, unwrapped.</summary>
internal sealed record InputKernel(string Path, ReadOnlyMemory<byte> Bytes, KernelFile File, KernelImage Image)
{
    /// <exception cref="DiagnosticException">KB9012, or why it is no kernel that can be read; each with the file's name.</exception>
    public static InputKernel Read(string path)
    {
        var bytes = InputFile.Read(path);

        // a kernel is searched from end to end: its pages in one go, not by ten thousand faults
        MemoryWindow.Prepare(bytes);
        return KernelFile.TryRead(bytes, out var file, out var error)
            ? new InputKernel(path, bytes, file, file.Open())
            : throw new DiagnosticException(error with { File = path });
    }

    /// <exception cref="DiagnosticException">KB8005 or KB8006, with the file's name.</exception>
    public SymbolTable Symbols() =>
        Image.TryGetSymbols(out var symbols, out var error) ? symbols : throw new DiagnosticException(error with { File = Path });
}
