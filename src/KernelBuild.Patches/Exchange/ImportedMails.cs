using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Exchange;

/// <summary>The mails of a series that is being imported: all of them are written, or none.</summary>
internal sealed class ImportedMails
{
    private readonly List<(string Name, byte[] Text, string Options)> _mails = [];

    /// <summary>What keeps the series out.</summary>
    public List<Diagnostic> Findings { get; } = [];

    /// <summary>What is to be said beside it.</summary>
    public List<Diagnostic> Notes { get; } = [];

    public void Add(ParsedPatch patch, byte[] text)
    {
        var subject = patch.Mail.Subject is { Length: > 0 } stated ? stated : Path.GetFileNameWithoutExtension(patch.Source.Name);
        _mails.Add((PatchName.Of(_mails.Count + 1, subject), text, Options(patch.Source)));
    }

    /// <summary>Writes a file for each, and a file "series", which is named last.</summary>
    /// <exception cref="DiagnosticException">The findings, or KB2014 when the folder holds something.</exception>
    public (IReadOnlyList<string> Files, IReadOnlyList<Diagnostic> Notes) Write(string folder)
    {
        if (Findings.Count > 0)
        {
            throw new DiagnosticException(Findings);
        }

        SeriesExchange.RequireEmpty(folder);
        Directory.CreateDirectory(folder);
        var files = new List<string>();
        foreach (var (name, text, _) in _mails)
        {
            files.Add(Path.Combine(folder, name));
            AtomicFile.Write(files[^1], text);
        }

        files.Add(Path.Combine(folder, "series"));
        AtomicFile.Write(files[^1], string.Concat(_mails.Select(mail => $"{mail.Name}{mail.Options}\n")));
        return (files, Notes);
    }

    private static string Options(PatchFile patch) =>
        (patch.Strip is { } parts and not 1 ? string.Create(CultureInfo.InvariantCulture, $" -p{parts}") : "") + (patch.IsReversed ? " -R" : "")
        + (patch.Fuzz > 0 ? $" fuzz={patch.Fuzz}" : "");
}
