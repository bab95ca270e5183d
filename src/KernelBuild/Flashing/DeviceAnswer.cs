using System.Collections.Immutable;

namespace KernelBuild.Flashing;

/// <summary>What one run of fastboot or adb printed, on both streams.</summary>
/// <param name="ExitCode">Of the program. <c>fastboot getvar</c> gives 0 even when the connection breaks.</param>
/// <param name="Lines">In the order in which they came.</param>
public sealed record DeviceAnswer(int ExitCode, ImmutableArray<string> Lines)
{
    private const string Failed = "FAILED (";
    private const string Remote = "remote: ";

    /// <summary>
    /// What the device itself said when it refused; null when it did not. fetch has words before it:
    /// "fetch:… request failed: remote: '…'".
    /// </summary>
    public string? Refusal => Failure is { } text && text.IndexOf(Remote, StringComparison.Ordinal) is var at
        && (at == 0 || (at > 0 && text[..at].EndsWith("request failed: ", StringComparison.Ordinal)))
            ? text[(at + Remote.Length)..].Trim('\'')
            : null;

    /// <summary>Whether the command was not carried out for another reason than a refusal: no device, or no connection any more.</summary>
    public bool IsLost => Refusal is null && (ExitCode != 0 || Failure is not null);

    /// <summary>What stands behind FAILED; null when nothing failed.</summary>
    public string? Failure
    {
        get
        {
            var line = Lines.LastOrDefault(line => line.Contains(Failed, StringComparison.Ordinal));
            if (line is null)
            {
                return null;
            }

            var text = line[(line.LastIndexOf(Failed, StringComparison.Ordinal) + Failed.Length)..].TrimEnd();
            return text.EndsWith(')') ? text[..^1] : text;
        }
    }
}
