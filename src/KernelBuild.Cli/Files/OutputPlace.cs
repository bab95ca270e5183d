using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Files;

/// <summary>Where the result of a change goes.</summary>
/// <param name="Path">The file that is written.</param>
/// <param name="IsInput">Whether it is the one that was read.</param>
internal sealed record OutputPlace(string Path, bool IsInput)
{
    /// <summary>What the copy of a file that is written over is called.</summary>
    public const string StockSuffix = ".stock";

    /// <summary>The file that is read, which the user wants to have written over.</summary>
    public static OutputPlace InPlace(string path)
    {
        ReadFiles.Release(path);
        return new OutputPlace(path, true);
    }

    /// <summary>Leaves a copy of the input beside it before it is written over, unless there is one.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9012 or KB1012.</exception>
    public void KeepStock(ReadOnlyMemory<byte> bytes)
    {
        var stock = OutputFile.TargetOf(Path) + StockSuffix;
        if (IsInput && !File.Exists(stock))
        {
            OutputFile.Write(stock, bytes);
        }
    }
}
