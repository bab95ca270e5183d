using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Toolchains;

namespace KernelBuild.Compile;

/// <summary>Reads what make prints: objects for the progress, errors of clang, lld and dtc for the diagnostics.</summary>
/// <param name="folder">Where the compilers run, which is what the names they print are relative to: O= under kbuild.</param>
internal sealed partial class BuildOutputParser(string folder)
{
    private readonly List<Diagnostic> _errors = [];

    /// <summary>Objects compiled so far.</summary>
    public int Objects { get; private set; }

    /// <summary>The file that was named last.</summary>
    public string Current { get; private set; } = "";

    public int Warnings { get; private set; }

    /// <summary>Whether a tool has said that the disk is full; the errors that follow from it may drown the message.</summary>
    public bool DiskFull { get; private set; }

    public IReadOnlyList<Diagnostic> Errors => _errors;

    public void Read(string line)
    {
        DiskFull |= DiskSpace.IsExhausted(line);
        if (KbuildStep.TryRead(line, out var step))
        {
            Current = step.File;
            if (step.Word is "CC" or "AS" or "DTC")
            {
                Objects++;
            }

            return;
        }

        if (ReadClang(line) is { } error)
        {
            _errors.Add(error);
        }
        else if (ReadDeviceTreeCompiler(line) is { } treeError)
        {
            _errors.Add(treeError);
        }
        else if (line.StartsWith("ld.lld: error: ", StringComparison.Ordinal)
            || (line.StartsWith("ld.lld", StringComparison.Ordinal) && line.Contains(": error: ", StringComparison.Ordinal)))
        {
            _errors.Add(Diagnostic.Error(
                DiagnosticCodes.CompilerError,
                line[(line.IndexOf(": error: ", StringComparison.Ordinal) + ": error: ".Length)..],
                "the linker misses or rejects something: is the option that provides it on?"));
        }
        else if (Modpost().Match(line) is { Success: true } undefined)
        {
            var (symbol, module) = (undefined.Groups[1].Value, undefined.Groups[2].Value);
            _errors.Add(Diagnostic.Error(
                DiagnosticCodes.CompilerError, $"{Path.GetFileName(module)} uses {symbol}, which neither the kernel nor a module exports",
                "switch the option on that exports it, or add the module that does as an ExternalModule item"));
        }
        else if (line.StartsWith(">>> ", StringComparison.Ordinal) && _errors.Count > 0)
        {
            _errors[^1] = _errors[^1] with { Details = [.. _errors[^1].Details, line] };
        }
    }

    /// <summary>FILE:LINE:COLUMN: error: TEXT, or "fatal error".</summary>
    private Diagnostic? ReadClang(string line)
    {
        var error = line.IndexOf(": error: ", StringComparison.Ordinal);
        var length = ": error: ".Length;
        if (error < 0)
        {
            error = line.IndexOf(": fatal error: ", StringComparison.Ordinal);
            length = ": fatal error: ".Length;
        }

        if (error < 0)
        {
            if (line.Contains(": warning: ", StringComparison.Ordinal))
            {
                Warnings++;
            }

            return null;
        }

        var place = line[..error].Split(':');
        return place.Length >= 3 && Number(place[^2]) is { } row && Number(place[^1]) is { } column
            ? Diagnostic.Error(
                DiagnosticCodes.CompilerError, line[(error + length)..], "the whole log is beside the artifacts, in logs/compile.log") with
            { File = Resolve(string.Join(':', place[..^2])), Line = row, Column = column }
            : null;
    }

    /// <summary>"Error: FILE:LINE.COLUMN-COLUMN TEXT" for syntax, "FILE:LINE.COLUMN-…: ERROR (check): TEXT" for checks.</summary>
    private Diagnostic? ReadDeviceTreeCompiler(string line)
    {
        var match = SyntaxError().Match(line) is { Success: true } syntax ? syntax : CheckError().Match(line);
        return !match.Success ? null : Diagnostic.Error(DiagnosticCodes.DeviceTreeError, match.Groups["text"].Value) with
        {
            File = Resolve(match.Groups["file"].Value),
            Line = Number(match.Groups["line"].Value) ?? 0,
            Column = Number(match.Groups["column"].Value) ?? 0,
        };
    }

    [GeneratedRegex(@"^Error: (?<file>.+?):(?<line>\d+)\.(?<column>\d+)[-.\d]* (?<text>.+)$")]
    private static partial Regex SyntaxError();

    /// <summary>A check has no position when the tree came from a .dtb.</summary>
    [GeneratedRegex(@"^(?<file>.+?)(:(?<line>\d+)\.(?<column>\d+)[-.\d]*)?: ERROR (?<text>\(.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex CheckError();

    private string Resolve(string file) => Path.GetFullPath(file, folder);

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>modpost's words for an import without an export, those before 5.7 too.</summary>
    [GeneratedRegex("""^ERROR: (?:modpost: )?"([^"]+)" \[([^\]]+)\] undefined!""")]
    private static partial Regex Modpost();
}
