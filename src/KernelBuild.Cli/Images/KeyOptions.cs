using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;

namespace KernelBuild.Cli.Images;

/// <summary>How private keys are opened and who signs, for every command that takes one.</summary>
internal sealed class KeyOptions
{
    private readonly Option<string[]> _passphrases = new("--passphrase-file")
    {
        Description = "The passphrase of an encrypted key is the first line of this file; asked for otherwise. May be repeated: each is tried",
    };
    private readonly Option<string?> _helper = Arguments.Text(
        "--signing-helper",
        "A program that signs in the place of the key, so that it can stay in a hardware module; --key may then be the public half. It is called "
        + "as avbtool calls its --signing_helper: ALGORITHM KEY, block on standard input, signature on standard output");
    private readonly Option<string?> _helperWithFiles = Arguments.Text(
        "--signing-helper-with-files", "The same with a file that holds the block, and the signature afterwards: ALGORITHM KEY FILE");

    public IEnumerable<Option> All => [_passphrases, _helper, _helperWithFiles];

    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="Diagnostics.DiagnosticException">KB9010: both helpers are given.</exception>
    public KeySource Of(ParseResult result)
    {
        var (helper, withFiles) = (result.GetValue(_helper), result.GetValue(_helperWithFiles));
        if (helper is not null && withFiles is not null)
        {
            throw CommandFrame.Usage("two signing helpers are given", "say one of them");
        }

        return new KeySource
        {
            PassphraseFiles = [.. result.GetValue(_passphrases) ?? []],
            Helper = helper is not null ? new SigningHelper(helper, UsesFiles: false)
                : withFiles is not null ? new SigningHelper(withFiles, UsesFiles: true)
                : null,
        };
    }
}
