using System.CommandLine;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Files;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Dtbo;

/// <summary>How a changed dtbo image is signed.</summary>
internal sealed class DtboEditOptions
{
    private readonly Option<string?> _key = Arguments.Text("--key", "Signs the AVB metadata: an RSA private key in PEM form");
    private readonly Option<string?> _algorithm = Arguments.Text(
        "--algorithm", "SHA256_RSA4096 and the like; the old one when the key fits it");
    private readonly Option<string?> _rollbackIndex = Arguments.Text("--rollback-index", "Of the AVB metadata");
    private readonly Option<string?> _partitionSize = Arguments.Text(
        "--partition-size", "Bytes of the partition; the old file's size otherwise");

    private readonly KeyOptions _keys = new();

    private IEnumerable<Option> All => [_key, .. _keys.All, _algorithm, _rollbackIndex, _partitionSize];

    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Options.Add(option);
        }
    }

    public bool IsGiven(ParseResult result) => All.Any(option => result.GetResult(option) is not null);

    /// <exception cref="Diagnostics.DiagnosticException">KB9012 or KB5030.</exception>
    public AvbPrivateKey? ReadKey(ParseResult result) => KeySource(result).Read(result.GetValue(_key));

    /// <summary>How keys are opened and who signs.</summary>
    public KeySource KeySource(ParseResult result) => _keys.Of(result);

    /// <exception cref="Diagnostics.DiagnosticException">KB9010, and those of the editor.</exception>
    public EditedImage Apply(ParseResult result, AvbPrivateKey? key, ImageFile file, ImageEdits edits) => ImageEditor.Apply(file, edits with
    {
        Key = key,
        Algorithm = EditOptions.Algorithm(result.GetValue(_algorithm)),
        RollbackIndex = result.GetValue(_rollbackIndex) is { } index ? Numbers.Parse("--rollback-index", index) : null,
        PartitionSize = Numbers.ParseSize("--partition-size", result.GetValue(_partitionSize)),
    });
}
