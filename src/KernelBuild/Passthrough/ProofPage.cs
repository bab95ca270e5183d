using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;

namespace KernelBuild.Passthrough;

/// <summary>A proof as one self-contained page, beside the page of the groups. It has no scripts.</summary>
internal static class ProofPage
{
    private const string Style = """
        :root { color-scheme: light dark; --line: #ccc; --soft: #f4f4f4; --text: #1a1a1a; --back: #fff; }
        @media (prefers-color-scheme: dark) { :root { --line: #444; --soft: #222; --text: #e4e4e4; --back: #141414; } }
        body {
          font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 1.5em 2em 4em; max-width: 80em;
          color: var(--text); background: var(--back);
        }
        h1 { font-size: 1.5em; margin: 0 0 .2em; } h2 { font-size: 1.15em; margin: 2em 0 .5em; border-bottom: 1px solid var(--line); }
        table { border-collapse: collapse; }
        td, th { text-align: left; vertical-align: top; padding: .3em .8em .3em 0; border-bottom: 1px solid var(--line); }
        code, pre { font-family: ui-monospace, monospace; font-size: .92em; }
        pre { background: var(--soft); border: 1px solid var(--line); border-radius: .3em; padding: .7em; overflow-x: auto; }
        .good { color: #0a7d2c; } .bad, .Error { color: #c22; } .sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1em; }
        @media print { details > * { display: block; } }

        """;

    /// <param name="groupsPage">File name of the page of the groups; null when there is none.</param>
    public static string Write(PassthroughResult result, string? groupsPage)
    {
        var html = new StringBuilder();
        var title = $"Passthrough on {result.Device}{(result.WithoutPatches ? " without patches" : "")}";
        html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{Text(title)}</title>
            <style>{Style}</style></head><body>
            <h1>{Text(title)}: <span class="{(result.IsProven ? "good" : "bad")}">{(result.IsProven ? "proven" : "not proven")}</span></h1>
            <p>{Text(result.Kernel)}; {result.Seconds:0.0} s with all guests. boot.img {result.BootImage}.</p>
            <table><thead>
            <tr><th>function</th><th>verdict</th><th>group</th><th>binding</th><th>in its guest</th><th>isolation</th></tr>
            </thead><tbody>

            """);
        foreach (var proof in result.Functions)
        {
            WriteRow(html, proof);
        }

        html.Append("</tbody></table>\n");
        WriteFindings(html, result);
        WriteGroups(html, result, groupsPage);
        WriteEvidence(html, result);
        html.Append("<h2>What emulation cannot show</h2>\n<ul>\n");
        foreach (var limit in PassthroughResult.Limits)
        {
            html.Append(CultureInfo.InvariantCulture, $"<li>{Text(limit)}</li>\n");
        }

        return html.Append("</ul>\n</body></html>\n").ToString();
    }

    private static void WriteRow(StringBuilder html, FunctionProof proof)
    {
        var others = string.Join(", ", proof.Members
            .Where(member => member.Name != proof.Function)
            .Select(member => $"{member.Name} ({member.Driver ?? "no driver"})"));
        html.Append(CultureInfo.InvariantCulture, $"""
            <tr><td><code>{Text(proof.Function)}</code><br>{Text(proof.Id)}</td>
            <td class="{(proof.IsProven ? "good" : "bad")}">{(proof.IsProven ? "proven" : "not proven")}</td>
            <td>{(proof.Group is null ? "none" : others.Length == 0 ? "its own" : "with " + Text(others))}</td>
            <td>{Text(proof.HostDriver ?? "no driver")} &rarr; {Text(proof.BoundDriver ?? "no driver")}</td>
            <td>{Text(proof.Use?.Description ?? "not used")}</td>
            <td><b>{PassthroughResult.VerdictText(proof.Isolation)}</b>: {Text(proof.IsolationReason)}</td></tr>

            """);
    }

    private static void WriteFindings(StringBuilder html, PassthroughResult result)
    {
        var findings = result.Findings.ToArray();
        html.Append(findings.Length == 0 ? "" : "<h2>Findings</h2>\n<ul>\n");
        foreach (var finding in findings)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<li class=\"{finding.Severity}\"><b>{finding.Code}</b> {Text(finding.Message)}");
            html.Append(finding.Fix.Length == 0 ? "</li>\n" : $"<br>{Text(finding.Fix)}</li>\n");
        }

        html.Append(findings.Length == 0 ? "" : "</ul>\n");
    }

    private static void WriteGroups(StringBuilder html, PassthroughResult result, string? groupsPage)
    {
        html.Append("<h2>Groups</h2>\n");
        if (groupsPage is not null)
        {
            html.Append(
                CultureInfo.InvariantCulture, $"<p><a href=\"{Text(groupsPage)}\">Why they are so, and what would change them</a></p>\n");
        }

        html.Append("<div class=\"sides\">\n<div><h3>without the patches</h3>\n");
        html.Append(result.WithoutPatches
            ? "<p>this proof</p>"
            : result.GroupsWithoutPatches is { } before
                ? Listing(before)
                : $"<p>not known: <code>./nuke.sh ProvePassthrough --device {Text(result.Device)} --without-patches</code> finds out</p>");
        html.Append("</div>\n<div><h3>")
            .Append(result.WithoutPatches ? "this build, without patches" : "with the patches").Append("</h3>\n")
            .Append(Listing(result.Groups)).Append("</div>\n</div>\n");
    }

    private static string Listing(ImmutableArray<ImmutableArray<string>> groups) =>
        "<pre>" + Text(string.Join('\n', groups.Select(group => string.Join(' ', group)))) + "</pre>\n";

    private static void WriteEvidence(StringBuilder html, PassthroughResult result)
    {
        html.Append("<h2>Evidence</h2>\n");
        foreach (var proof in result.Functions)
        {
            var answers = proof.Vfio.Select(answer => string.Create(CultureInfo.InvariantCulture, $"{answer.Key} {answer.Value}"));
            html.Append(
                    CultureInfo.InvariantCulture,
                    $"<details><summary>{Text(proof.Function)}: VFIO's answers, the guest's console, the kernel's messages</summary>\n")
                .Append("<pre>").Append(Text(string.Join('\n', answers)))
                .Append("</pre>\n<pre>").Append(Text(string.Join('\n', proof.Console)))
                .Append("</pre>\n<pre>").Append(Text(string.Join('\n', proof.Messages))).Append("</pre></details>\n");
        }

        html.Append("<details><summary>the isolation test on a machine without an IOMMU, where it must fail: ")
            .Append(result.Control.Arrived ? "it does" : "it does not").Append("</summary>\n<pre>")
            .Append(Text(string.Join('\n', result.Control.Console))).Append("</pre></details>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
