using System.Diagnostics.CodeAnalysis;
using System.Text;
using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Fixes;

namespace KernelBuild.Cli.Iommu;

/// <summary>The forms in which a fix can be written.</summary>
internal static class FixForms
{
    /// <summary>What --as takes besides the kinds of a fix's own artifacts.</summary>
    public const string Names = "dts (the whole tree), dtso, dtbo, patch (of the tree as dt show prints it), cmdline, setpci, script";

    /// <param name="before">The tree of the machine, which the fix changes.</param>
    /// <param name="form">Null for the fix's first.</param>
    /// <param name="error">KB9010: the fix has no such form; it names those that it has.</param>
    public static bool TryWrite(
        GroupFix fix, DeviceTree before, string? form, out ReadOnlyMemory<byte> bytes, [NotNullWhen(false)] out Diagnostic? error)
    {
        var written = Write(fix, before, form);
        bytes = written ?? default;
        error = written is not null ? null : Diagnostic.Error(
            DiagnosticCodes.UsageInvalid, $"'{fix.Name}' has no form '{form}'; it has {string.Join(", ", FormsOf(fix))}",
            "choose one of them with --as");
        return error is null;
    }

    /// <summary>The names that --as takes for a fix.</summary>
    public static IEnumerable<string> FormsOf(GroupFix fix)
    {
        IEnumerable<string> forms = fix.Artifacts.Select(artifact => artifact.Kind);
        if (fix.Tree is not null)
        {
            forms = forms.Concat(["dts", "dtso", "dtbo", "patch"]);
        }

        if (TextOf(fix, "command line") is not null)
        {
            forms = forms.Append("cmdline");
        }

        if (TextOf(fix, "shell") is { } shell)
        {
            forms = forms.Concat(shell.Contains("setpci ", StringComparison.Ordinal) ? ["setpci", "script"] : ["script"]);
        }

        return forms.Distinct(StringComparer.Ordinal);
    }

    /// <summary>What of a combination is not in the form: each part, with the --as that writes it.</summary>
    public static IReadOnlyList<string> PartsBeside(GroupFix fix, string? form)
    {
        var written = PartOf(form ?? fix.Artifacts.FirstOrDefault()?.Kind ?? "");
        IEnumerable<string> parts = fix.Artifacts.Select(artifact => PartOf(artifact.Kind));
        return
        [
            .. (fix.Tree is null ? parts : parts.Append(Tree)).Distinct(StringComparer.Ordinal).Where(part => part != written)
                .Select(part => part switch
                {
                    Tree => "the change of the device tree (--as dtbo)",
                    "command line" => "the kernel's command line (--as cmdline)",
                    "shell" => "the commands on the machine (--as script)",
                    _ => $"the {part} (--as \"{part}\")",
                }),
        ];
    }

    private const string Tree = "device tree";

    private static string PartOf(string form) => form switch
    {
        "dts" or "dtso" or "dtbo" or "patch" or "overlay" or "source" => Tree,
        "cmdline" => "command line",
        "setpci" or "script" => "shell",
        _ => form,
    };

    private static byte[]? Write(GroupFix fix, DeviceTree before, string? form) => form switch
    {
        null => fix.Artifacts is [var first, ..] ? Bytes(first.Text) : null,
        "dts" => fix.Tree is null ? null : Bytes(Printed(fix.Tree)),
        "dtso" => fix.Tree is null ? null : Bytes(Source(OverlayTree.Of(fix.Changes))),
        "dtbo" => fix.Tree is null ? null : OverlayTree.Of(fix.Changes).ToArray(),
        "patch" => fix.Tree is null ? null : Bytes(SourceDiff.Of("board.dts", Printed(before), Printed(fix.Tree))),
        "cmdline" => TextOf(fix, "command line") is { } line ? Bytes(line + "\n") : null,
        "setpci" => TextOf(fix, "shell") is { } shell && shell.Contains("setpci ", StringComparison.Ordinal) ? Bytes(shell) : null,
        "script" => TextOf(fix, "shell") is { } script ? Bytes($"#!/bin/sh\n# {fix.Title}\n{Beside(fix, form)}set -e\n{script}") : null,
        _ => TextOf(fix, form) is { } text ? Bytes(text) : null,
    };

    private static string Beside(GroupFix fix, string? form) => PartsBeside(fix, form) is { Count: > 0 } parts
        ? $"# This is one part of it; needed as well: {string.Join("; ", parts)}\n" : "";

    /// <summary>The texts of a kind, of a combination one after the other; null when the fix has none.</summary>
    private static string? TextOf(GroupFix fix, string kind) =>
        fix.Artifacts.Where(artifact => artifact.Kind == kind).Select(artifact => artifact.Text).ToArray() is { Length: > 0 } texts
            ? string.Join(kind == "command line" ? " " : "", texts)
            : null;

    private static string Printed(DeviceTree tree)
    {
        using var text = new StringWriter();
        DtsWriter.Write(tree, text);
        return text.ToString();
    }

    /// <summary>dtc wants to be told that it is an overlay.</summary>
    private static string Source(DeviceTree overlay) =>
        Printed(overlay).Replace("/dts-v1/;\n", "/dts-v1/;\n/plugin/;\n", StringComparison.Ordinal);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
